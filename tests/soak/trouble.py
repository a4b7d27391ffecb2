"""What may go wrong with the next requests, by name, so that a falsifying example can be read."""

from hypothesis import strategies as st

from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.ticket_api import HTML_PAGE, TRUNCATED, Fault
from tests.soak.recorders import FINE, TAKEN, Api, Slack

_LONG = "600"  # more than anybody waits for

_PASSING = {
    "fine": Fault(),
    "429": Fault(status=429, retry_after="0"),
    "429 for long": Fault(status=429, retry_after=_LONG),
    "503": Fault(status=503),
    "503 for long": Fault(status=503, retry_after=_LONG),
    "html": HTML_PAGE,
    "truncated": TRUNCATED,
    "false": Fault(body=b'{"Response": false, "Message": "A whisper", "Code": 500}'),
    "empty": Fault(body=b""),
    "400": Fault(status=400),
    "401": Fault(status=401),
    "403": Fault(status=403),
    "500": Fault(status=500),
    "502 with a page": Fault(status=502, body=b"<title>whisper</title>"),
    "reset before": Fault(reset="before"),
    "reset after": Fault(reset="after"),
}
# No 404 for a read: it would say that the ticket is gone, and nobody could know better.
READS = _PASSING | {"slow": Fault(delay_s=0.03)}
CHANGES = _PASSING | {"404": Fault(status=404), "409": Fault(status=409)}
ANSWERS = {
    "fine": FINE,
    "taken, answered 500": TAKEN,
    "404": SlackFault(404),
    "429": SlackFault(429, retry_after="0"),
    "429 for long": SlackFault(429, retry_after=_LONG),
    "500": SlackFault(500),
    "reset": SlackFault(reset=True),
}
DIRECT = ANSWERS | {"refused": SlackFault(error="messages_tab_disabled")}

Trouble = dict[str, list[str]]
_NAMES = {"read": [*READS], "change": [*CHANGES], "answer": [*ANSWERS], "direct": [*DIRECT]}


def _some(kind: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(_NAMES[kind]), min_size=1, max_size=4)


NONE: st.SearchStrategy[Trouble] = st.just({})
ANY: st.SearchStrategy[Trouble] = st.one_of(
    NONE,
    st.fixed_dictionaries({"change": _some("change")}),
    st.fixed_dictionaries({"read": _some("read")}),
    st.fixed_dictionaries({"change": _some("change"), "read": _some("read").map(lambda names: ["fine", *names])}),
    st.fixed_dictionaries({"answer": _some("answer")}, optional={"direct": _some("direct")}),
    st.fixed_dictionaries({}, optional={kind: _some(kind) for kind in _NAMES}),
)


def stage(trouble: Trouble, api: Api, slack: Slack) -> None:
    api.fail("fetchSingleTicket", *(READS[name] for name in trouble.get("read", ())))
    for endpoint in ("delete", "resolve"):
        api.fail(endpoint, *(CHANGES[name] for name in trouble.get("change", ())))
    slack.faults["response_url"].extend(ANSWERS[name] for name in trouble.get("answer", ()))
    slack.faults["chat.postMessage"].extend(DIRECT[name] for name in trouble.get("direct", ()))


def heal(api: Api, slack: Slack) -> None:
    api.heal()
    slack.faults.clear()
