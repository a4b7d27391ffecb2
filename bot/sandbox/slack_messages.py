"""What the Slack stand-in keeps and gives back: a message as people see it, an acknowledgement, and a fault to meet."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass
class SlackMessage:
    """A message as people see it. `visible_to` is one person where only they see it, None for the whole channel."""

    ts: str
    channel: str
    visible_to: str | None
    payload: Json
    edits: int = 0

    @property
    def is_ephemeral(self) -> bool:
        """A direct message is seen by one person too, but stays: its channel is that person."""
        return self.visible_to is not None and self.visible_to != self.channel

    @property
    def blocks(self) -> list[Json]:
        return list(self.payload.get("blocks") or [])

    @property
    def text(self) -> str:
        return str(self.payload.get("text", ""))

    @property
    def buttons(self) -> list[Json]:
        rows = (block["elements"] for block in self.blocks if block["type"] == "actions")
        return [element for row in rows for element in row if element["type"] == "button"]

    def button(self, label: str) -> Json:
        """The button whose label begins so. Raises LookupError where there is none."""
        for button in self.buttons:
            if button["text"]["text"].startswith(label):
                return button
        raise LookupError(f"no button {label!r} in {[button['text']['text'] for button in self.buttons]}")


@dataclass
class Acknowledgement:
    """What came back within 3 seconds; `status` 0 where nothing did."""

    status: int
    body: str


@dataclass(frozen=True)
class Fault:
    """What a call to Slack meets instead of its answer: an HTTP status, a Web API error, or a broken connection."""

    status: int = 200
    error: str | None = None
    retry_after: str | None = None
    reset: bool = False
