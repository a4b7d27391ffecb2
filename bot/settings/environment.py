"""The environment: settings in upper or lower case, and proxies; what Kubernetes puts there is left alone.

Source of Kubernetes' names, set in each container for each Service of its namespace:
https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
"""

import re
from collections.abc import Collection, Mapping
from ipaddress import IPv6Address

from bot.settings.problems import Problem, Source, Value, closest, unknown_name

ENVIRONMENT = Source("environment")
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY"}
# Whoever misspells one of these must hear of it: left alone, the default would hold, and `*` is the default of one.
_OUR_PREFIXES = ("TICKET_", "SWEEPPEA_", "DELETE_", "AUDIT_")
# And of these, whose first words others use as well.
_OURS = {"DATABASE_URL", "ENCRYPTION_KEYS", "RECEIPT_DAYS", "RETENTION_DAYS"}
_ALMOST_EQUAL = 0.9  # TICKETS_VIEWERS
_KUBERNETES = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_KUBERNETES_URL = re.compile(r"(tcp|udp|sctp)://\S+")
_PROXY_URL = re.compile(
    r"https?://"
    r"([A-Za-z0-9._~!$&'()*+,;=:%-]*@)?"  # user:password
    r"([A-Za-z0-9._-]+|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])"
    r"(:(?P<port>\d{1,5}))?/?"
)
_LAST_PORT = 65535
_QUOTES = "has quotes around its value, as `docker --env-file` leaves them: take them out"


def read_environment(environ: Mapping[str, str], names: Collection[str]) -> tuple[dict[str, Value], list[Problem]]:
    """The settings by name in upper case, and what is wrong with them; values are not looked into yet."""
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for written, text in environ.items():
        name = written.upper()
        if _is_set_by_kubernetes(name, text):  # METRICS_PORT=tcp://… of a Service called metrics among them
            continue
        if name in values:
            problems.append(Problem(name, "stands twice, in upper and in lower case: leave one", ENVIRONMENT))
        elif name in names:
            values[name] = Value(text, ENVIRONMENT)
        elif _is_misspelt(name, names):
            problems.append(unknown_name(written, names, ENVIRONMENT))
    problems += (Problem(name, _QUOTES, ENVIRONMENT) for name, value in values.items() if _is_quoted(value.text))
    return values, [*problems, *_proxy_problems(environ)]


def _is_quoted(text: str) -> bool:
    return re.fullmatch(r"""\s*(['"]).*\1\s*""", text, re.DOTALL) is not None


def _is_misspelt(name: str, names: Collection[str]) -> bool:
    ours = [known for known in names if known.startswith(_OUR_PREFIXES) or known in _OURS]
    return name.startswith(_OUR_PREFIXES) or closest(name, ours, similarity=_ALMOST_EQUAL) is not None


def _is_set_by_kubernetes(name: str, text: str) -> bool:
    """As for a Service called ticket-bot: TICKET_BOT_SERVICE_HOST, TICKET_BOT_PORT=tcp://10.0.0.1:80 and more."""
    if _KUBERNETES.fullmatch(name):
        return True
    return name.endswith("_PORT") and _KUBERNETES_URL.fullmatch(text) is not None


def _proxy_problems(environ: Mapping[str, str]) -> list[Problem]:
    """Both HTTP libraries have to be able to read it. The value is not repeated: it may hold a password."""
    complaint = "must be a URL like http://proxy.example.com:3128, with user and password percent-encoded, if any"
    return [
        Problem(name, complaint, ENVIRONMENT)
        for name, text in environ.items()
        if name.upper() in _PROXIES and text.strip() and not _is_proxy_url(text)
    ]


def _is_proxy_url(text: str) -> bool:
    match = _PROXY_URL.fullmatch(text)
    if match is None or not 0 < int(match["port"] or 1) <= _LAST_PORT:
        return False
    try:
        IPv6Address(match["ipv6"] or "::1")
    except ValueError:
        return False
    return True
