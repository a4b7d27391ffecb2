"""What a value has to look like. Each type takes the text of a setting, or the finished value."""

import re
import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr

from bot.policy import People

_USER_ID = re.compile(r"[UW][A-Z0-9]{2,30}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{2,30}")
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,30}")
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|\[?::1\]?")
_ENCRYPTION_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_ID_LENGTH = 12  # whatever is longer may be a token in the wrong line
_CONTACT_LENGTH = 100
_INVISIBLE = {"Cc", "Cs", "Zl", "Zp"}  # control characters, halves of characters, line breaks


def _excerpt(item: str) -> str:
    return repr(item if len(item) <= _ID_LENGTH else f"{item[:4]}…")


def _ids(value: object, form: re.Pattern[str], what: str) -> frozenset[str]:
    ids = [item.strip() for item in str(value).split(",") if item.strip()]
    for item in ids:
        if form is _USER_ID and _GROUP_ID.fullmatch(item):
            raise ValueError(f"has {_excerpt(item)}, a user group: name its people, see docs/user-groups.md")
        if not form.fullmatch(item):
            raise ValueError(f"has {_excerpt(item)}, which is not {what}")
    if not ids and str(value).strip():
        raise ValueError("has no id in it")
    return frozenset(ids)


def _people(value: object) -> object:
    if isinstance(value, People):
        return value
    if str(value).strip() == "*":
        return People(everybody=True)
    return People(_ids(value, _USER_ID, "a Slack user id (U… or W…: profile, ⋮, Copy member ID)"))


def _channels(value: object) -> object:
    return value if isinstance(value, frozenset) else _ids(value, _CHANNEL_ID, "a Slack channel id (C… or G…)")


def _channel(value: object) -> object:
    if value is not None and not _CHANNEL_ID.fullmatch(str(value).strip()):
        raise ValueError(f"has {_excerpt(str(value))}, which is not a Slack channel id (C… or G…)")
    return str(value).strip() if value is not None else None


def _switch(value: object) -> object:
    words = {"on": True, "off": False}
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() not in words:
        raise ValueError("must be on or off")
    return words[str(value).strip().lower()]


def _base_url(value: object) -> str:
    url = str(value).strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # its words quote the address, and a password with it
        raise ValueError("can't be read: it must be a plain base URL, as https://HOST") from None
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[A-Za-z0-9.:_-]+", host):
        raise ValueError("must be a URL that begins with https://")
    if port == 0:
        raise ValueError("must have a port above 0, if any")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be a plain base URL, with no user, query or fragment")
    if parts.scheme == "http" and not _LOOPBACK.fullmatch(host):  # a secret is sent along with each request
        raise ValueError("must begin with https:// (plain http is accepted for loopback only)")
    return url


def _contact(value: object) -> str:
    text = str(value).strip()
    if len(text) > _CONTACT_LENGTH or any(unicodedata.category(character) in _INVISIBLE for character in text):
        raise ValueError(f"must be one line of at most {_CONTACT_LENGTH} characters")
    return text


def _database_url(value: object) -> SecretStr:
    """Its password is the only secret, and all of it is kept as one."""
    url = (value.get_secret_value() if isinstance(value, SecretStr) else str(value)).strip()
    if not re.fullmatch(r"sqlite:///[^?#]*[^?#/]|postgres(ql)?://\S+", url) or url.endswith(":memory:"):
        raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")
    if not url.startswith("sqlite"):
        try:
            parts = urlsplit(url)
            hosts = parts.netloc.rpartition("@")[2].split(",")  # asyncpg takes several
            ports = [urlsplit(f"//{host}").port for host in hosts]
        except ValueError:
            raise ValueError("can't be read: percent-encode what is special in user and password") from None
        if 0 in ports or not parts.path.strip("/"):
            raise ValueError("must name a database: postgresql://USER:PASSWORD@HOST/DATABASE")
    return SecretStr(url)


def _encryption_keys(value: object) -> SecretStr:
    """As bot.ledger.keys parses it, too."""
    text = (value.get_secret_value() if isinstance(value, SecretStr) else str(value)).strip()
    keys = [key.strip() for key in text.split(",")]
    if not all(_ENCRYPTION_KEY.fullmatch(key) for key in keys):
        raise ValueError("has something in it that is no key: `python app.py new-key` prints one")
    if len(set(keys)) < len(keys):
        raise ValueError("has the same key twice")
    return SecretStr(text)


AccessList = Annotated[People, BeforeValidator(_people)]
Channels = Annotated[frozenset[str], BeforeValidator(_channels)]
Channel = Annotated[str | None, BeforeValidator(_channel)]
Switch = Annotated[bool, BeforeValidator(_switch)]
BaseUrl = Annotated[str, BeforeValidator(_base_url)]
"""Without a slash at the end; with https, but for loopback."""
Contact = Annotated[str, BeforeValidator(_contact)]
"""A Slack user's id (U…, W…), a user group's (S…), or a text; empty where nobody is named."""
DatabaseUrl = Annotated[SecretStr, BeforeValidator(_database_url)]
EncryptionKeys = Annotated[SecretStr, BeforeValidator(_encryption_keys)]
"""Comma-separated: the first encrypts, all of them decrypt."""
