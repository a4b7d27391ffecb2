"""Ways to reach a person, found in a line of text: e-mail addresses, telephone numbers, IP addresses.

A telephone number is whatever may be one: eight digits or more, or seven in groups. Dates, times, UUIDs, hashes, and
the seven digits of a case number stay.
"""

import re
from ipaddress import ip_address

ADDRESS = "[e-mail address]"
TELEPHONE = "[phone number]"
IP = "[IP address]"

_FEWEST_DIGITS = 7
_OUTSIDE = r"\s@＠﹫<>()\[\],;:\"'|/?&=#"  # of an address
_ADDRESS = re.compile(
    rf"(?<![^{_OUTSIDE}])(?:(?!%40)[^{_OUTSIDE}])++(?:[@＠﹫]|%40)[^{_OUTSIDE}]+|\"[^\"]{{1,64}}\"@[^{_OUTSIDE}]+"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP_V4 = re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\.?\d)")
_IP_V6 = re.compile(r"(?<![\w:])((?:[^\W\d]+:)??)((?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![\w:])", re.IGNORECASE)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_TIME = r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_KEPT = re.compile(
    rf"((?<![\d+])(?:{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}|{_DAY}[-/.]{_DAY}[-/.](?:{_YEAR}|\d\d)){_TIME}(?![-/. ]?\d)"
    rf"|(?<!\d){_YEAR}[-–/]{_YEAR}(?!\d)|(?<!\d){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b(?=\d{0,12}[a-f])[0-9a-f]{16,}\b)",
    re.IGNORECASE,
)
_GAP = r"[\s\-‐‑‒–—−./()·_]{1,3}"
_TELEPHONE = re.compile(
    r"\+?\d{8,}"
    rf"|\+[\s(]?\d{{1,8}}(?!\d)(?:{_GAP}\d{{1,8}}(?!\d))*"
    rf"|(?<!\d)\(?0\d{{1,5}}(?!\d)(?:{_GAP}\d{{1,8}}(?!\d))+"
    rf"|(?<!\d)(?:1{_GAP})?\(?\d{{2,5}}(?!\d)(?:{_GAP}\d{{2,5}}(?!\d))+"
)
_DECIMAL = re.compile(r"\d+\.\d+")
_MAY_HAVE_ONE = re.compile(r"[@＠﹫\d]|::")


def mask(line: str) -> str:
    """The line with a word in brackets in place of each."""
    if not _MAY_HAVE_ONE.search(line):
        return line
    parts = _KEPT.split(_ADDRESS.sub(ADDRESS, line).replace(f"<{ADDRESS}>", ADDRESS))
    parts[::2] = map(_masked, parts[::2])
    return "".join(parts)


def _masked(part: str) -> str:
    return _TELEPHONE.sub(_telephone, _IP_V6.sub(_ip_v6, _IP_V4.sub(IP, part)))


def _ip_v6(found: re.Match[str]) -> str:
    """A time has colons too, and a word may stand before one: `IP:2001:db8::1`."""
    try:
        return f"{found[1]}{IP}" if int(ip_address(found[2])) else found[0]
    except ValueError:
        return found[0]


def _telephone(found: re.Match[str]) -> str:
    is_short = sum(map(str.isdigit, found[0])) < _FEWEST_DIGITS
    return found[0] if is_short or _DECIMAL.fullmatch(found[0]) else TELEPHONE
