"""What the tests of the details' pages share."""

from collections.abc import Iterator
from typing import Any

from bot.messages import details
from bot.messages.details import View
from bot.messages.details_page import DetailsPage
from bot.messages.privacy import Contact
from bot.tickets import CaseNumber, Ticket
from tests.support.tickets import read_ticket

NUMBER = CaseNumber("2531581")
CONTACTS: list[Contact] = ["name", "full", "none"]


def at(number: int = 1) -> DetailsPage:
    return DetailsPage(case_number=NUMBER, number=number, channel="C01SUPPORT")


def ticket(**fields: object) -> Ticket:
    return read_ticket({"CaseNumber": NUMBER, "Status": False, **fields})


def shown(of: Ticket, contact: Contact = "name") -> str:
    return "\n".join(words(view) for view in pages(of, contact))


def pages(of: Ticket, contact: Contact = "name") -> Iterator[View]:
    """As somebody sees them who presses Next until there is no more."""
    page: DetailsPage | None = at().model_copy(update={"case_number": of.case_number})
    while page:
        view = details.details(of, page, contact=contact)
        yield view
        page = next(
            (DetailsPage.parse(button["value"]) for button in buttons(view) if "next" in button["action_id"]), None
        )


def buttons(view: View) -> list[dict[str, Any]]:
    return [element for block in view["blocks"] if block["type"] == "actions" for element in block["elements"]]


def words(part: object) -> str:
    if isinstance(part, list):
        return "\n".join(filter(None, map(words, part)))
    if not isinstance(part, dict):
        return ""
    if str(part.get("type")) in {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}:
        return "".join(map(words, part["elements"]))
    own = part.get("text") or part.get("fallback")
    return own if isinstance(own, str) else "\n".join(filter(None, map(words, part.values())))
