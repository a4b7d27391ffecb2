"""What a button or a modal carries: parsed as strictly as any input, although Slack authenticates it."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class Metadata(BaseModel):
    """Anything that a button or a modal carries."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    def encode(self) -> str:
        return self.model_dump_json()

    @classmethod
    def parse(cls, value: object) -> Self | None:
        """None for what is not ours, or not ours any more: a button outlives the version that made it."""
        try:
            return cls.model_validate_json(value) if isinstance(value, str) else None
        except (ValidationError, ValueError):
            return None
