"""Descriptions as mail programs and editors make them: on the card, in Details, in the receipt."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bot.messages import card, details, receipt
from bot.messages.details_page import DetailsPage
from tests.gallery import fixed
from tests.gallery.case import Case, sent

BODIES = sorted((Path(__file__).parent / "bodies").glob("*.html"))


def shown(body: Path) -> Iterator[Case]:
    editor = body.stem
    title = editor.replace("-", " ").title()
    ticket = fixed.REFERENCE.model_copy(update={"subject": f"Written with {title}", "description": body.read_text()})
    at = DetailsPage(case_number=ticket.case_number, channel="C01SUPPORT")
    yield from sent(f"card-{editor}", f"{title}: the card", card.card, ticket, contact="name", may_delete=True)
    yield from sent(f"details-{editor}", "Details", details.details, ticket, at, contact="name")
    yield from sent(f"receipt-{editor}", "The receipt (direct)", receipt.receipt, ticket)


SHEETS = {f"body-{body.stem}": partial(shown, body) for body in BODIES}
