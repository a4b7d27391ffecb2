"""A ticket as the API describes it, read as far as it can be understood.

An unusable optional field is left out; only a ticket without a usable case number is refused. Names are the API's,
in Python's spelling. Facts: fetch-single-ticket.txt of the API reference.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_pascal

from bot.tickets.case_numbers import CaseNumber, case_number_from_json
from bot.tickets.dates import DateOrDateTime
from bot.tickets.fields import (
    Count,
    Name,
    NonEmptyText,
    Number,
    coerce_list,
    coerce_objects,
    coerce_texts,
    is_closed,
)


class LenientModel(BaseModel):
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


class AccountInfo(LenientModel):
    """Who opened the ticket. Personal data; the credential that the API sends along is no field of it."""

    full_name: NonEmptyText | None = None
    email: NonEmptyText | None = None
    mobile_number: NonEmptyText | None = None
    user_type: NonEmptyText | None = None
    user_agent: NonEmptyText | None = None
    ip_address: NonEmptyText | None = None
    language: NonEmptyText | None = None
    geo_lat: Number | None = None
    geo_lon: Number | None = None
    sweepstakes_name: NonEmptyText | None = None


class Note(LenientModel):
    date: DateOrDateTime | None = None
    note: NonEmptyText | None = None
    full_name: Name | None = None


class HistoryEntry(LenientModel):
    """One line of `Statistics`."""

    date: DateOrDateTime | None = None
    action: NonEmptyText | None = None


class Ticket(LenientModel):
    """`status` is True for closed, None if the answer did not say; `completion` is in percent."""

    case_number: Annotated[CaseNumber, BeforeValidator(case_number_from_json)]
    date: DateOrDateTime | None = None
    account_info: AccountInfo = AccountInfo()
    subject: NonEmptyText | None = None
    description: NonEmptyText | None = None
    priority: NonEmptyText | None = None
    notify_users: Annotated[tuple[str, ...], BeforeValidator(coerce_texts)] = ()
    collaborators: Annotated[tuple[str, ...], BeforeValidator(coerce_texts)] = ()
    closed_by: Name | None = None
    close_date: DateOrDateTime | None = None
    notes: Annotated[tuple[Note, ...], coerce_objects("Note")] = ()
    files: Annotated[tuple[JsonValue, ...], BeforeValidator(coerce_list)] = ()
    survey: JsonValue = None
    pin: bool | None = None
    views: Count | None = None
    completion: Number | None = None
    resource_affected: NonEmptyText | None = None
    documentation: Annotated[tuple[JsonValue, ...], BeforeValidator(coerce_list)] = ()
    statistics: Annotated[tuple[HistoryEntry, ...], coerce_objects("Action")] = ()
    status: Annotated[bool, BeforeValidator(is_closed)] | None = None
    attachment_info: JsonValue = None
    git_hub_issue: JsonValue = Field(default=None, alias="GitHubIssue")

    _source: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def source(self) -> Mapping[str, Any]:
        """The whole of the answer's `Data`, what this class has no field for too."""
        return self._source

    @property
    def is_open(self) -> bool:
        """Known to be open: an answer that did not say is not."""
        return self.status is False

    @classmethod
    def from_answer(cls, data: object) -> Self:
        """The ticket in an answer's `Data`. Raises ValueError where it has no usable case number."""
        ticket = cls.model_validate(data)
        if isinstance(data, Mapping):
            ticket._source = data  # noqa: SLF001 - its own
        return ticket
