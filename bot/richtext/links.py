"""Where a stranger's link really leads."""

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, unquote

import idna

from bot.blockkit import limits, text

_BREAK = re.compile(r"[\t\r\n]")
_INVALID = re.compile(r"[\x00-\x1f\x7f\\]")  # a browser reads `\` as `/`, a parser as part of the user's name
_WEB = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"([a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?|\[[0-9a-f:.]{2,45}\])(?::([0-9]{0,5}))?")
_MAILBOX = re.compile(r"[^\s@<>()\[\],;:\"/]{1,64}@[a-z0-9.-]{1,253}", re.IGNORECASE)
_ROUGH_HOST = re.compile(r"\s*(?:https?://|mailto:)([^/?#]+)", re.IGNORECASE)
_AS_IT_IS = "".join(char for char in map(chr, range(0x21, 0x7F)) if char not in '<>"`{}|^')
_HIGHEST_PORT = 65_535
_JOINER = re.compile("([\u200c\u200d])")

_NOWHERE = re.compile(r"#|(?:javascript|vbscript|data|blob|cid|about):", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_SPACING = re.compile(r"[\s()-]+")  # what is written into a telephone number to read it
_ADDRESS = re.compile(r"//|@|\w\.\w{2,}")
# After NFKC, which makes a dot of U+2024, U+FE52 and U+FF0E: the other signs that are read as one.
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff61\u0701\u0702\u06d4\u0660\u06f0\ua4f8\ua60e\U00010a50\U0001d16d", "."))


@dataclass(frozen=True, eq=False)
class Link:
    """Two links to one place are still two.

    `host` is what a reader sees: the host, with its port; the address that a mail goes to; or, where `url` is empty
    since Slack can't follow it, the whole target.
    """

    url: str
    host: str

    def is_named_by(self, label: str) -> bool:
        """Whether a reader of the label knows the host: it is an address there, with or without its scheme."""
        bare = _SCHEME.sub("", label.lower(), count=1)
        if not self.url:
            return _SPACING.sub("", bare) == _SPACING.sub("", _SCHEME.sub("", self.host.lower(), count=1))
        host = self.host.lower()
        return label.isascii() and bare.startswith(host) and bare[len(host) : len(host) + 1] in {"", "/", "?", "#"}


def looks_like_address(label: str) -> bool:
    """Whether a reader may take the label for where the link leads."""
    if not label.isascii():
        label = unicodedata.normalize("NFKC", label).translate(_DOTS)
    return bool(_ADDRESS.search(label))


def parse(href: str) -> Link | None:
    """A link that may be followed, or None: only http, https and mailto, with a host that is certain."""
    href = _BREAK.sub("", text.replace_surrogates(href.strip()))
    if len(href) > limits.URL or _INVALID.search(href):
        return None
    try:
        web = _WEB.fullmatch(href)
        link = _web(*web.groups()) if web else _mail(href)
    except ValueError:  # no host name, or no address of a host
        return None
    return link if link and len(link.url) <= limits.URL else None


def target(href: str) -> Link | None:
    """A link, or, where it can't be followed, what it says, as text. None where it leads nowhere."""
    if link := parse(href):
        return link
    label = text.one_line(_BREAK.sub("", href))
    return Link("", label) if label and not _NOWHERE.match(label) else None


def target_length(href: str, label: str) -> int:
    """About how many characters are shown of where a link leads: it is neither parsed nor shown."""
    found = _ROUGH_HOST.match(href)
    host = found[1] if found else href
    is_visible = label.partition("://")[2].startswith(host) or label.startswith(host)
    return 0 if is_visible or _NOWHERE.match(href) else len(f" ({host})")


def _mail(href: str) -> Link | None:
    """To one address, without a subject or a text: more than that can't be seen before it is sent."""
    scheme, _, address = href.partition(":")
    address = unquote(address.removesuffix("?"))
    is_mailbox = scheme.lower() == "mailto" and _MAILBOX.fullmatch(address)
    return Link(f"mailto:{quote(address, safe='@+')}", address) if is_mailbox else None


def _web(scheme: str, authority: str, rest: str) -> Link | None:
    """Without a user's name, which is there to be taken for the host; percent-encoded as a browser does it."""
    found = _HOST.fullmatch(_ascii(authority.rpartition("@")[2]))
    if not found or int(found[2] or 0) > _HIGHEST_PORT:
        return None
    name, port = found.groups()
    if name.startswith("["):
        IPv6Address(name[1:-1])
    host = f"{name}:{int(port)}" if port else name
    return Link(f"{scheme.lower()}://{host}{quote(rest, safe=_AS_IT_IS)}", host)


def _ascii(host: str) -> str:
    """As a browser asks the name service for it: UTS 46, non-transitional; xn--… where it has other letters."""
    if host.isascii() or len(host) > limits.ID:
        return host.lower()
    visible = "".join(part if _JOINER.match(part) else text.clean(part) for part in _JOINER.split(host))
    labels = idna.uts46_remap(visible, std3_rules=False, transitional=False).split(".")
    return ".".join(label if _needs_no_idna(label) else idna.alabel(label).decode() for label in labels)


def _needs_no_idna(label: str) -> bool:
    return label.isascii() and not label.startswith("xn--")
