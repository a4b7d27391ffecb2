"""Where a stranger's link really leads."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from bot.blockkit import limits, text

_INVALID = re.compile(r"[\x00-\x1f\x7f\\]")  # a browser reads `\` as `/`, a parser as part of the user's name
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?|\[[0-9a-f:.]{2,45}\]")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"/]{1,64}@[a-z0-9.-]{1,253}", re.IGNORECASE)
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, eq=False)
class Link:
    """Two links to one place are still two."""

    url: str
    host: str  # or the address that a mail goes to

    def is_named_by(self, label: str) -> bool:
        """Whether a reader of the label knows the host: it is an address there, with or without its scheme."""
        bare = label.removeprefix("https://").removeprefix("http://").removeprefix("mailto:")
        return bool(re.match(rf"{re.escape(self.host)}(?:[/?#]|$)", bare)) and label.isascii()


def parse(href: str) -> Link | None:
    """A link that may be followed, or None: only http, https and mailto, with a host that can be told for certain."""
    href = re.sub(r"[\t\r\n]", "", text.clean(href.strip()) if not href.isascii() else href.strip())
    if len(href) > limits.URL or _INVALID.search(href):
        return None
    try:
        parts = urlsplit(href)
        link = _mail(parts) if parts.scheme == "mailto" else _web(parts)
    except ValueError:  # no URL, no port number, or no host name
        return None
    return link if link and len(link.url) <= limits.URL else None


def _mail(parts: SplitResult) -> Link | None:
    """The address alone: no subject, no text, no further recipients."""
    address = unquote(parts.path)
    return Link(f"mailto:{quote(address, safe='@+')}", address) if _ADDRESS.fullmatch(address) else None


def _web(parts: SplitResult) -> Link | None:
    """Without a user's name, which is there to be taken for the host, with the host as the name service knows it."""
    host = _ascii(parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    host = f"{host}:{parts.port}" if parts.port is not None else host
    rest = quote(parts._replace(scheme="", netloc="").geturl(), safe=_PRINTABLE)
    return Link(f"{parts.scheme}://{host}{rest}", host)


def _ascii(host: str) -> str:
    """xn--… where the host is written in other letters, however much they look like Latin ones."""
    if ":" in host:
        return f"[{host}]"
    return host if host.isascii() or len(host) > limits.ID else host.encode("idna").decode()
