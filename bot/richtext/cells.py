"""The cells of a table's rows, side by side on one line."""

from dataclasses import dataclass, field

BETWEEN = " · "
_EMPTY = "–"


@dataclass(slots=True)
class _Row:
    """`marks_empty`: a cell with nothing in it is shown."""

    marks_empty: bool
    is_begun: bool = False
    in_new_cell: bool = False
    empty_cells: int = 0  # since the last one that was not


@dataclass(slots=True)
class Cells:
    """What stands between and in place of them. `rows` are those around the text; one begins with the first in it."""

    rows: list[_Row] = field(default_factory=list)

    def row(self, *, marks_empty: bool) -> None:
        self.rows.append(_Row(marks_empty))

    def row_ends(self) -> str:
        """What is shown of the empty cells at its end."""
        row = self.rows.pop()
        return BETWEEN + _marks(row.empty_cells) if row.is_begun and row.empty_cells else ""

    def cell(self) -> None:
        if self.rows:
            self.rows[-1].in_new_cell = True

    def cell_ends(self) -> None:
        if self.rows and (row := self.rows[-1]).in_new_cell:
            row.in_new_cell = False
            row.empty_cells += row.marks_empty

    def is_row_new(self) -> bool:
        return bool(self.rows) and not self.rows[-1].is_begun

    def is_next(self) -> bool:
        """Whether the next text is the first in a cell that is not a row's first."""
        return bool(self.rows) and self.rows[-1].in_new_cell and self.rows[-1].is_begun

    def text(self) -> str:
        """What is shown of the empty cells before a text, which begins its row and those around."""
        if not self.rows or not (row := self.rows[-1]).in_new_cell:
            return ""
        marks = _marks(row.empty_cells) + BETWEEN if row.empty_cells else ""
        for around in reversed(self.rows):
            if around.is_begun and not around.in_new_cell:
                break
            around.is_begun, around.in_new_cell, around.empty_cells = True, False, 0
        return marks


def _marks(number: int) -> str:
    return BETWEEN.join([_EMPTY] * number)
