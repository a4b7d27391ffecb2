"""All of the gallery: one sheet, and so one picture, for messages that are read together."""

from collections.abc import Callable, Iterable, Mapping

from tests.gallery import answer_cases, card_cases, deletion_cases, details_cases, editor_cases
from tests.gallery.case import Case

_SHEETS: Mapping[str, Callable[[], Iterable[Case]]] = {
    "card": card_cases.whole,
    "card-little": card_cases.little,
    "card-settings": card_cases.settings,
    "card-markup": card_cases.markup,
    "card-hostile": card_cases.hostile,
    "card-large": card_cases.large,
    **editor_cases.SHEETS,
    "details": details_cases.pages,
    "details-unusual": details_cases.unusual,
    "details-large": details_cases.large,
    "details-little": details_cases.little,
    "deletion": deletion_cases.course,
    "deletion-requests": deletion_cases.requests,
    "deletion-again": deletion_cases.requests_again,
    "deletion-unclear": deletion_cases.unclear,
    "deletion-ends": deletion_cases.ends,
    "receipt": deletion_cases.receipts,
    "receipt-long": deletion_cases.long_receipts,
    "audit": deletion_cases.audited,
    "usage": answer_cases.usage,
    "about": answer_cases.about,
    "denials": answer_cases.denials,
    "further-clicks": deletion_cases.further_clicks,
    "failures": answer_cases.failures,
    "answers": answer_cases.others,
}

SHEETS: Mapping[str, tuple[Case, ...]] = {name: tuple(cases()) for name, cases in _SHEETS.items()}
CASES: tuple[Case, ...] = tuple(case for cases in SHEETS.values() for case in cases)
