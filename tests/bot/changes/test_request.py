"""What a button carries, and what came back with a press."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blockkit.limits import BUTTON_VALUE
from bot.changes.request import LATE_EXECUTION_S, ChangeRequest, Check, Difference, Shown, differences
from bot.tickets import CaseNumber, Ticket

TICKET = Ticket.from_answer(
    {"CaseNumber": "2531581", "Subject": "Hello", "Status": False, "Notes": ["one"], "Priority": 2}
)
PROMPT = ChangeRequest.about(TICKET, requester="U01ALICE", asked_at=1_795_000_000)
CHECK = Check(
    prompt_id=PROMPT.id,
    case_number=TICKET.case_number,
    change="delete",
    presser="U01ALICE",
    pressed_at=1_795_000_000,
    sent_at=1_795_000_020,
)


@pytest.mark.parametrize("value", [PROMPT, CHECK])
def test_a_value_comes_back_as_it_went_and_fits_into_a_button(value: ChangeRequest | Check) -> None:
    assert type(value).parse(value.encode()) == value
    assert len(value.encode()) <= BUTTON_VALUE


def test_a_value_holds_nothing_that_a_stranger_wrote() -> None:
    assert "Hello" not in PROMPT.encode()


@given(st.text(max_size=200))
def test_any_other_value_is_none_of_ours(value: str) -> None:
    assert ChangeRequest.parse(value) is None
    assert Check.parse(value) is None


@given(st.integers(0, 400), st.sampled_from(string.printable))
def test_a_value_that_was_tampered_with_is_refused_or_harmless(at: int, char: str) -> None:
    value = PROMPT.encode()
    tampered = value[: at % len(value)] + char + value[at % len(value) + 1 :]
    parsed = ChangeRequest.parse(tampered)
    assert parsed is None or parsed.case_number.isalnum()


@pytest.mark.parametrize("case_number", ["253158", "../../x", "hyxtnjv", " 2531581"])
def test_a_case_number_in_a_value_has_to_be_one(case_number: str) -> None:
    assert ChangeRequest.parse(PROMPT.encode().replace("2531581", case_number)) is None


def test_two_prompts_about_one_ticket_are_two() -> None:
    again = PROMPT.again()
    assert again.id != PROMPT.id
    assert again.model_copy(update={"id": PROMPT.id}) == PROMPT


def test_a_prompt_holds_for_as_long_as_the_setting_says() -> None:
    assert PROMPT.expires_at(300) == 1_795_000_300


def test_a_late_request_may_be_carried_out_for_a_minute_after_it_was_sent() -> None:
    assert CHECK.may_still_happen(CHECK.sent_at + LATE_EXECUTION_S - 1)
    assert not CHECK.may_still_happen(CHECK.sent_at + LATE_EXECUTION_S)


def test_differences_are_told_by_field() -> None:
    changed = TICKET.model_copy(update={"subject": "Bye", "notes": (), "views": 9, "status": True})
    assert list(differences(Shown.of(TICKET), Shown.of(changed))) == [
        Difference("status"),
        Difference("subject"),
        Difference("notes", -1),
    ]


def test_a_lone_surrogate_is_compared_like_any_text() -> None:
    one = TICKET.model_copy(update={"subject": "\ud800"})
    assert list(differences(Shown.of(one), Shown.of(one))) == []


def test_a_case_number_is_kept_as_it_is() -> None:
    assert PROMPT.case_number == CaseNumber("2531581")
