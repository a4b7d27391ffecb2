"""Sample tickets of the fake ticket API: as the API would answer them, `HYXTNJV` exactly as its reference page does."""

from typing import Any


def _ticket(case_number: object, **fields: object) -> dict[str, Any]:
    """A ticket with every documented field, little in it."""
    return {
        "CaseNumber": case_number,
        "Date": "2026-11-20T08:15:00.000Z",
        "AccountInfo": {"UserToken": f"secret-user-token-{case_number}", "FullName": "Jane Roe", "Language": "en"},
        "Subject": "",
        "Description": "",
        "Priority": 1,
        "NotifyUsers": [],
        "Collaborators": [],
        "ClosedBy": None,
        "CloseDate": None,
        "Notes": [],
        "Files": [],
        "Survey": {},
        "Pin": False,
        "Views": 0,
        "Completion": 0,
        "ResourceAffected": "general",
        "Documentation": [],
        "Statistics": [],
        "Status": False,
        "AttachmentInfo": {},
        "GitHubIssue": {},
        **fields,
    }


_REFERENCE = {
    "CaseNumber": "HYXTNJV",
    "Date": "2025-01-26T10:00:00.000Z",
    "AccountInfo": {
        "UserToken": "<user-token>",
        "FullName": "John Doe",
        "Email": "john.doe@example.com",
        "MobileNumber": "5551234567",
        "UserType": "Administrator",
        "UserAgent": "Mozilla/5.0...",
        "IpAddress": "192.168.1.1",
        "Language": "en",
        "GeoLat": 40.7128,
        "GeoLon": -74.0060,
        "SweepstakesName": "Summer Giveaway 2025",
    },
    "Subject": "Issue with sweepstakes configuration",
    "Description": "<p>Unable to configure the entry page settings...</p>",
    "Priority": 2,
    "NotifyUsers": ["support@example.com"],
    "Collaborators": [],
    "ClosedBy": None,
    "CloseDate": None,
    "Notes": [{"Id": "<note-id>", "Date": "2025-01-26T11:00:00.000Z", "Note": "Investigating the issue..."}],
    "Files": [],
    "Survey": {},
    "Pin": False,
    "Views": 5,
    "Completion": 50,
    "ResourceAffected": "renaissance",
    "Documentation": [],
    "Statistics": [
        {"Id": "<stat-id>", "Date": "2025-01-26T10:00:00.000Z", "UserToken": "<user-token>", "Action": "create"}
    ],
    "Status": False,
    "AttachmentInfo": {},
    "GitHubIssue": {},
}

_WRONG_PRIZE = _ticket(
    "2531581",
    AccountInfo={
        "UserToken": "secret-user-token-2531581",
        "FullName": "Maria Lopez",
        "Email": "maria.lopez@example.com",
        "MobileNumber": "5559876543",
        "UserType": "Administrator",
        "UserAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5)",
        "IpAddress": "198.51.100.7",
        "Language": "es",
        "GeoLat": 25.7617,
        "GeoLon": -80.1918,
        "SweepstakesName": "Win a Weekend in Miami",
    },
    Subject="Winners page shows the wrong prize",
    Description=(
        "<p>The <b>winners page</b> lists a gift card, but the prize is a <i>weekend for two</i>.</p>"
        "<ol><li>open the winners page</li><li>look at the third winner</li><li>compare it with the rules</li></ol>"
        '<p>Rules: <a href="https://example.com/rules">see section 4</a></p>'
    ),
    Priority=3,
    NotifyUsers=["support@example.com", "legal@example.com"],
    Collaborators=["Ana Diaz"],
    Notes=[
        {"Id": "n1", "Date": "2026-11-20T09:02:00.000Z", "Note": "Reproduced on the live page."},
        {
            "Id": "n2",
            "Date": "2026-11-20T13:40:00.000Z",
            "Note": "<p>The prize comes from the <code>2025</code> set.</p>",
        },
        {"Id": "n3", "Date": "2026-11-21T10:12:00.000Z", "Note": "Asked legal whether winners must be told."},
    ],
    Files=[{"Name": "winners-page.png", "Size": 182334}, {"Name": "rules.pdf", "Size": 90112}],
    Views=12,
    Completion=25,
    ResourceAffected="winners",
    Statistics=[
        {"Id": "s1", "Date": "2026-11-20T08:15:00.000Z", "UserToken": "secret-user-token-2531581", "Action": "create"},
        {"Id": "s2", "Date": "2026-11-20T09:02:00.000Z", "UserToken": "secret-user-token-2531581", "Action": "note"},
    ],
)

_CLOSED = _ticket(
    "ABC1234",
    Status=True,
    CloseDate="2026-11-21T16:30:00.000Z",
    ClosedBy="Jane Roe",
    Completion=100,
)

_LONG = _ticket(
    "2650478",
    Subject="Entries from the mobile form arrive twice, and only sometimes, " * 3,
    Description="".join(
        f"<h3>Day {day}</h3><p>The form sent {day * 7} entries, the list shows {day * 9}. "
        f"{'The second entry of a pair has the same time to the millisecond. ' * 6}</p>"
        for day in range(1, 41)
    ),
    Priority=2,
    Notes=[
        {"Id": f"n{i}", "Date": f"2026-11-{i % 20 + 1:02}T10:00:00.000Z", "Note": f"Check {i}: {'still there. ' * 40}"}
        for i in range(1, 61)
    ],
    Files=[{"Name": f"log-{i}.txt", "Size": i * 1000} for i in range(1, 31)],
    Views=340,
    Completion=75,
    ResourceAffected="overture",
)

_HOSTILE = _ticket(
    "0000007",
    CaseNumber=7,
    AccountInfo={
        "UserToken": "secret-user-token-0000007",
        "FullName": "<!channel> *Bob* <https://evil.example|support>",
        "Email": "x@example.com",
        "SweepstakesName": "`code` ~strike~ _it_ :tada: <@U01ALICE>",
    },
    Subject="<!here> *URGENT* <https://evil.example/login|https://slack.com/login> :rotating_light: \u202egnp.exe",
    Description=(
        "<p>&lt;!channel&gt; @here @channel <b>bold<i>both</b>neither</i> *not bold* _not italic_ `not code`</p>"
        '<a href="javascript:alert(1)">press me</a> <a href="https://evil.example/">https://slack.com/signin</a>'
        "<script>alert(1)</script><style>*{display:none}</style><!-- hidden -->"
        "<img src=x onerror=alert(1) alt='an image'><table><tr><td>a</td><td>b</td></tr></table>"
        "<ul><li>one<ul><li>two<ul><li>three</ul></ul></ul>\u0000\u200b\u202e lone \ud800 surrogate"
    ),
    Priority="<!everyone>",
    Notes=[{"Id": "n", "Date": "not a date", "Note": "<@U01ALICE> has <!subteam^S1> <#C01SUPPORT>"}, "bare", None, 5],
    Files="none",
    Survey={"Would you <!here> recommend us?": {"answer": ["yes", {"UserToken": "secret-user-token-0000007"}]}},
    GitHubIssue={"url": "https://github.com/<!channel>", "number": None},
    Completion="many",
    Views=-1,
    ResourceAffected="<renaissance>",
)

TICKETS: dict[str, dict[str, Any]] = {
    "HYXTNJV": _REFERENCE,
    "2531581": _WRONG_PRIZE,
    "ABC1234": _CLOSED,
    "2650478": _LONG,
    "0000007": _HOSTILE,
    "EMPTY01": {"CaseNumber": "EMPTY01", "Status": False},
}
