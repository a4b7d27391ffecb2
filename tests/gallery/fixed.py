"""The inputs of the gallery, which never change: people, times, references, tickets."""

from bot.api.errors import BusyError
from bot.changes.request import ChangeRequest, Click, PendingCheck
from bot.changes.snapshot import TicketSnapshot
from bot.sandbox.sample_tickets import TICKETS
from bot.tickets import CaseNumber, Change, Ticket
from tests.support.tickets import read_ticket

ALICE, BOB, CAROL = "U01ALICE", "U01BOB", "U01CAROL"
ASKED_AT = 1_795_359_600  # 22 Nov 2026 15:00 UTC
PRESSED_AT = ASKED_AT + 240
REF = "7F3K9"
CONTACT = "U04DANA"
WORKSPACE = "Sweeppea"
VERSION = "1.2.3"
CHANNELS = ("C01SUPPORT", "C02WINNERS")
BUSY = BusyError(429, retry_after_s=30)


def _sample(case_number: str, **fields: object) -> Ticket:
    return read_ticket(TICKETS[case_number] | fields)


REFERENCE = _sample("HYXTNJV")
PRIZE = _sample("2531581")
CLOSED = _sample("ABC1234")
LONG = _sample("2650478")
HOSTILE = _sample("0000007")
EMPTY = _sample("EMPTY01")

SOLVED = _sample(
    "2531581", Status=True, ClosedBy="Jane Roe", CloseDate="2026-11-22T15:04:00.000Z", Completion=100, Pin=True
)
UNSAID = read_ticket({"CaseNumber": "EMPTY01"})
MARKED_UP = _sample(
    "HYXTNJV",
    Subject="Entry page: the age gate is off again",
    Description=(
        "<p>After saving, the <b>age gate</b> is <i>off</i> again. What we do:</p>"
        "<ol><li>open the <a href='https://example.com/entry'>entry page</a><ul><li>as an editor</li>"
        "<li>or as an administrator</li></ul></li><li>switch it on, save</li><li>reload: <s>on</s> off</li></ol>"
        "<blockquote>It must be on by law. — Legal</blockquote><pre>GET /entry 200\nageGate=false</pre>"
        "<table><tr><th>browser</th><th>seen</th></tr><tr><td>Firefox</td><td>yes</td></tr></table>"
        "<p>Setting: <code>entry_page.age_gate</code> &amp; nothing else &lt;3</p>"
    ),
    Priority="4",
)
UNKNOWN_PARTS = _sample(
    "HYXTNJV",
    Collaborators=["Ana Diaz", "support@example.com"],
    Files=[
        {"Name": "winners-page.png", "Size": 182334, "Uploaded": {"By": "Ana Diaz", "At": "2025-01-27"}},
        "rules.pdf",
        {"url": "https://example.com/files/7"},
    ],
    Survey={"Rating": 4, "Would you recommend us?": "Yes, warmly", "Contact": {"Email": "john.doe@example.com"}},
    Documentation=[{"Title": "Entry pages", "Url": "https://example.com/docs/entry-pages"}],
    AttachmentInfo={"Count": 3, "TotalSize": 272446, "Scanned": True},
    GitHubIssue={
        "number": 812,
        "state": "open",
        "labels": ["bug", "entry page"],
        "html_url": "https://example.com/812",
    },
    Pin=True,
)
# As large as the API takes it, and larger.
LARGEST = read_ticket(
    {
        "CaseNumber": "9999999",
        "Date": "2026-01-01T00:00:00Z",
        "AccountInfo": {
            "FullName": "Maximiliana Featherstonehaugh-Cholmondeley " * 4,
            "Email": f"{'m' * 60}@{'long.' * 30}example.com",
            "MobileNumber": "5551234567" * 5,
            "SweepstakesName": "The Longest Summer Giveaway of All " * 20,
        },
        "Subject": "Winners are drawn twice " * 40,
        "Description": "<p><b>Drawn</b> <i>twice</i> and <a href='https://example.com/draw'>mailed</a> once. </p>"
        * 400,
        "Priority": "Utmost " * 30,
        "ResourceAffected": "renaissance " * 30,
        "Collaborators": [f"Person {number}" for number in range(200)],
        "Notes": [{"Date": f"2026-02-{day:02}T10:00:00Z", "Note": "Again. " * 700} for day in range(1, 29)] * 40,
        "Files": [{"Name": f"log-{number}.txt"} for number in range(500)],
        "Views": 10**9,
        "Completion": 99.995,
        "Status": False,
    }
)


def request(ticket: Ticket) -> ChangeRequest:
    return ChangeRequest(
        id="0123456789ab",
        case_number=ticket.case_number,
        requester=ALICE,
        requested_at=ASKED_AT,
        shown=TicketSnapshot.from_ticket(ticket),
    )


NUMBER = CaseNumber("2531581")


def click(ticket: Ticket = PRIZE, change: Change = "delete", by: str = BOB) -> Click:
    return Click(request=request(ticket), change=change, user_id=by, at=PRESSED_AT, ref=REF)


CHECK = click().pending_check(PRESSED_AT + 20)
CHECK_RESOLVE: PendingCheck = click(change="resolve").pending_check(PRESSED_AT + 20)
