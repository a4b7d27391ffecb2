"""What is wrong with a value, in words of ours."""

from collections.abc import Iterator, Mapping

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.settings.problems import Problem, Value

# Empty, these would leave out a rule that somebody began to write.
_NEVER_EMPTY = {
    "TICKET_VIEWERS": "write * for everybody, or user ids",
    "TICKET_CHANNELS": "write channel ids, or take the line out for all channels",
    "DELETE_SECOND_PERSON": "write on or off",
}
_BOUNDS = {"greater_than_equal": "must be at least", "less_than_equal": "must be at most"}


def emptied(environment_values: Mapping[str, Value], file_values: Mapping[str, Value]) -> Iterator[Problem]:
    """An empty variable that would take away a value or a rule."""
    for name, value in {**file_values, **environment_values}.items():
        written = file_values.get(name, value)
        if value.is_blank and not written.is_blank:
            yield Problem(name, f"is empty, and has a value in {written.source}: take one of the two out", value.source)
        elif value.is_blank and name in _NEVER_EMPTY:
            yield Problem(name, f"is empty: {_NEVER_EMPTY[name]}", value.source)


def problem_of(error: ErrorDetails, values: Mapping[str, Value], fields: Mapping[str, FieldInfo]) -> Problem:
    field = str(error["loc"][0])
    name = field.upper()
    complaint = _complaint(error, fields[field].description)
    return Problem(name, complaint, values[name].source if name in values else None)


def _complaint(error: ErrorDetails, description: str | None) -> str:
    """The type of an error decides; pydantic's own words are for programmers."""
    kind = error["type"]
    if kind in _BOUNDS:
        return f"{_BOUNDS[kind]} {next(iter(error['ctx'].values()))}"
    if kind.startswith(("int_", "float_")):
        return f"must be a {'whole ' if kind.startswith('int_') else ''}number ({description})"
    if kind == "missing":
        return f"is missing ({description})"
    if kind == "literal_error":
        return f"must be {error['ctx']['expected']}"
    return error["msg"].removeprefix("Value error, ")
