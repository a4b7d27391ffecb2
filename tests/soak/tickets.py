"""Tickets whose every text can be told from ours, and what happens to them behind the bot's back."""

from typing import Any

SECRET = "whisper"
"""Is in every text of every ticket, and so in nothing that may not have ticket content."""


def tickets() -> dict[str, dict[str, Any]]:
    return {number: ticket(number) for number in ("0000001", "ABCDEF2")} | {
        "CLOSED4": ticket("CLOSED4") | {"Status": True}
    }


def ticket(number: str) -> dict[str, Any]:
    return {
        "CaseNumber": number,
        "Date": "2026-11-01T10:00:00.000Z",
        "AccountInfo": {"UserToken": f"{SECRET}-token", "FullName": f"Jane {SECRET}"},
        "Subject": f"Subject, {SECRET}",
        "Description": f"<p>Description, {SECRET}</p>",
        "Priority": 2,
        "ResourceAffected": f"{SECRET}-product",
        "Notes": [{"Note": f"A note, {SECRET}"}],
        "Files": [],
        "Views": 0,
        "Statistics": [],
        "Status": False,
    }


def edit(tickets: dict[str, dict[str, Any]], number: str, how: str) -> None:
    """What somebody else does to a ticket; nothing where it is not there any more."""
    found = tickets.get(number)
    if found is None:
        return
    if how == "remove":
        del tickets[number]
    elif how == "close":
        found["Status"] = True
    elif how == "note":
        found["Notes"] = [*found["Notes"], {"Note": f"One more note, {SECRET}"}]
    elif how == "file":
        found["Files"] = [*found["Files"], {"FileName": f"{SECRET}.pdf"}]
    elif how == "read":  # what no prompt shows
        found |= {"Views": found["Views"] + 1, "Statistics": [{"Action": SECRET}]}
    elif how == "priority":
        found["Priority"] = found["Priority"] % 3 + 1
    else:
        key = {"subject": "Subject", "description": "Description", "product": "ResourceAffected"}[how]
        found[key] = f"{found[key]}, {SECRET} again"


# No reopening: then nothing would tell that a resolution whose answer was lost had been carried out.
EDITS = ("subject", "description", "product", "priority", "note", "file", "read", "close", "remove")
