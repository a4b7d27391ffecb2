"""A case number, and a ticket as the API describes it, read as far as it can be understood.

An unusable optional field is left out; only a ticket without a usable case number is refused. Names are the API's,
in Python's spelling. Facts: fetch-single-ticket.txt of the API reference.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, NewType, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_pascal

from bot.credentials import without_credentials

CaseNumber = NewType("CaseNumber", str)
"""Seven letters or digits, upper case: `CaseNumber`, `caseNumber` and `CaseId` of the API are one identifier."""

CASE_NUMBER_LENGTH = 7
_CASE_NUMBER = re.compile(rf"[A-Z0-9]{{{CASE_NUMBER_LENGTH}}}")

# What people type or paste around a case number: white space, quotes of all kinds, code marks, `#`, Slack's `<…>`.
_AROUND = " \t\r\n\f\v\u00a0\u200b\u200c\u200d\u200e\u200f\u202f\u2060\ufeff`'\"“”‘’«»„‚#<>*_~"


def parse_case_number(text: str) -> CaseNumber | None:
    """The case number that a person meant, None if the text isn't one."""
    bare = text.strip(_AROUND)
    # ASCII first: upper() makes two S of a ß, and an S of a long one
    number = bare.upper() if bare.isascii() else ""
    return CaseNumber(number) if _CASE_NUMBER.fullmatch(number) else None


def parse_answered_case_number(value: object) -> CaseNumber:
    """The case number in an answer: a number that lost its leading zeros on the way is seven digits again.

    Raises ValueError where there is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**CASE_NUMBER_LENGTH:
        return CaseNumber(f"{value:0{CASE_NUMBER_LENGTH}}")
    if isinstance(value, str):
        digits = value.strip()
        padded = digits.zfill(CASE_NUMBER_LENGTH) if digits.isascii() and digits.isdigit() else digits
        if number := parse_case_number(padded):
            return number
    raise ValueError("no usable case number")


def _words(value: object) -> str:
    """A text that is there: a number is taken as its digits, an empty text as none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a text")  # noqa: TRY004 - pydantic turns a ValueError into "unusable", a TypeError into a crash
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number that can be written")
    text = str(value)
    if not text.strip():
        raise ValueError("empty")
    return text


def _not_a_flag(value: object) -> object:
    """True is no 1."""
    if isinstance(value, bool):
        raise ValueError("not a number")  # noqa: TRY004 - as in _words
    return value


def _name(value: object) -> object:
    """A person is a name, or an object that has one."""
    if isinstance(value, Mapping):
        return next((value[key] for key in ("FullName", "Name") if value.get(key)), None)
    return value


def _is_closed(value: object) -> bool:
    """`Status` is false for open; the create call answers the word instead."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"open", "closed"}:
        return value.strip().lower() == "closed"
    raise ValueError("neither open nor closed")


def _moment(value: datetime) -> datetime:
    """In UTC, which a time without a zone is taken for; a time that Slack could not show is unusable."""
    try:
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error
    if not 1990 <= moment.year < 2200:  # noqa: PLR2004 - a ticket system's lifetime, generously
        raise ValueError("out of range")
    return moment


_NOTHING = {"", "-", "0", "[]", "n/a", "no", "none", "null", "{}"}


def _items(value: object) -> list[object]:
    """A list as it is; whatever else says something is a list of one."""
    if isinstance(value, list):
        return value
    says_nothing = not value or (isinstance(value, str) and value.strip().lower() in _NOTHING)
    return [] if says_nothing else [value]


def _records(key: str) -> BeforeValidator:
    """Objects as they are, a bare text as an object that has it under `key`, anything else left out."""

    def records(value: object) -> list[object]:
        wrapped = ({key: item} if isinstance(item, str) else item for item in _items(value))
        return [item for item in wrapped if isinstance(item, Mapping)]

    return BeforeValidator(records)


def _texts(value: object) -> list[str]:
    """The texts and names in a list, whatever else is in it."""
    if not isinstance(value, list):
        raise ValueError("not a list")  # noqa: TRY004 - as in _words
    named = (_name(item) if not isinstance(item, Mapping) else _name(item) or item.get("Email") for item in value)
    return [item for item in named if isinstance(item, str) and item.strip()]


Words = Annotated[str, BeforeValidator(_words)]
Name = Annotated[str, BeforeValidator(_words), BeforeValidator(_name)]
Moment = Annotated[datetime, AfterValidator(_moment)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_not_a_flag)]
Count = Annotated[int, Field(ge=0, lt=10**12), BeforeValidator(_not_a_flag)]


class _Part(BaseModel):
    """Every field is optional and left out if unusable; unknown fields are ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_pascal,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @model_validator(mode="wrap")
    @classmethod
    def _leave_out_the_unusable(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            unusable = {problem["loc"][:1] for problem in error.errors(include_input=False, include_url=False)}
            required = {(str(field.alias),) for field in cls.model_fields.values() if field.is_required()}
            if not isinstance(data, dict) or unusable & required:
                raise
            return handler({key: value for key, value in data.items() if (key,) not in unusable})


class AccountInfo(_Part):
    """Who opened the ticket. Personal data; the credential that the API sends along is no field of it."""

    full_name: Words | None = None
    email: Words | None = None
    mobile_number: Words | None = None
    user_type: Words | None = None
    user_agent: Words | None = None
    ip_address: Words | None = None
    language: Words | None = None
    geo_lat: Number | None = None
    geo_lon: Number | None = None
    sweepstakes_name: Words | None = None


class Note(_Part):
    date: Moment | None = None
    note: Words | None = None
    full_name: Name | None = None


class Event(_Part):
    """One line of `Statistics`."""

    date: Moment | None = None
    action: Words | None = None


class Ticket(_Part):
    """`status` is True for closed, None if the answer did not say; `completion` is in percent."""

    case_number: Annotated[CaseNumber, BeforeValidator(parse_answered_case_number)]
    date: Moment | None = None
    account_info: AccountInfo = AccountInfo()
    subject: Words | None = None
    description: Words | None = None
    priority: Words | None = None
    notify_users: Annotated[tuple[str, ...], BeforeValidator(_texts)] = ()
    collaborators: Annotated[tuple[str, ...], BeforeValidator(_texts)] = ()
    closed_by: Name | None = None
    close_date: Moment | None = None
    notes: Annotated[tuple[Note, ...], _records("Note")] = ()
    files: Annotated[tuple[JsonValue, ...], BeforeValidator(_items)] = ()
    survey: JsonValue = None
    pin: bool | None = None
    views: Count | None = None
    completion: Number | None = None
    resource_affected: Words | None = None
    documentation: Annotated[tuple[JsonValue, ...], BeforeValidator(_items)] = ()
    statistics: Annotated[tuple[Event, ...], _records("Action")] = ()
    status: Annotated[bool, BeforeValidator(_is_closed)] | None = None
    attachment_info: JsonValue = None
    git_hub_issue: JsonValue = Field(default=None, alias="GitHubIssue")

    @property
    def is_open(self) -> bool:
        """Known to be open: an answer that did not say is not."""
        return self.status is False

    @classmethod
    def from_answer(cls, data: object) -> Self:
        """The ticket in an answer's `Data`. Raises ValueError where it has no usable case number."""
        return cls.model_validate(without_credentials(data))


def parse_json(body: bytes) -> object:
    """JSON of any depth and content. Raises ValueError where it isn't JSON."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
