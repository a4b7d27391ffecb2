"""One message or view: what makes it, and what was made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec

from bot.blockkit.blocks import Message

GOLDEN = Path(__file__).parent / "golden"

View = Mapping[str, Any]
_P = ParamSpec("_P")


@dataclass(frozen=True)
class Case:
    """`name` is its golden file's, `title` stands above it in the picture."""

    name: str
    title: str
    maker: Callable[..., object]
    payload: View

    @property
    def golden(self) -> Path:
        return GOLDEN / f"{self.name}.json"


def sent(
    name: str,
    title: str,
    maker: Callable[_P, Message | View | Sequence[Message]],
    /,
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> Iterator[Case]:
    """What `maker` makes of the arguments; one case each where it makes several messages."""
    made = maker(*args, **kwargs)
    if isinstance(made, Sequence):
        for number, part in enumerate(made, 1):
            which = f", {number} of {len(made)}" if len(made) > 1 else ""
            yield Case(f"{name}-{number}", f"{title}{which}", maker, part.payload())
    else:
        yield Case(name, title, maker, made.payload() if isinstance(made, Message) else made)
