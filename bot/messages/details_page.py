"""Which page of which ticket a modal shows, and where it was opened: what the modal and its buttons carry.

A click in a modal comes without a channel, and whether somebody may look can depend on the channel.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field

from bot.blockkit.metadata import Metadata
from bot.tickets import ExactCaseNumber


class DetailsPage(Metadata):
    """`number` is from 1; `channel` and `thread_ts`, where it was opened, are empty where Slack named none."""

    case_number: ExactCaseNumber
    number: Annotated[int, Field(ge=1, le=999)] = 1
    channel: Annotated[str, Field(pattern=r"^[A-Z0-9]{0,40}$")] = ""
    thread_ts: Annotated[str, Field(pattern=r"^(\d{1,12}\.\d{1,9})?$")] = ""

    @classmethod
    def opened_in(cls, view: Mapping[str, Any]) -> Self | None:
        """The page that Slack's `view` shows."""
        return cls.parse(view.get("private_metadata"))

    def turned_to(self, number: int) -> Self:
        return self.model_copy(update={"number": number})
