"""How figures are printed: what a run found, beside the last release; and the table over the releases."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from benchmarks.comparison import Difference, differences
from benchmarks.figure import Figure
from benchmarks.results import Run

BEGIN, END = "<!-- written by `make bench RELEASE=1` -->", "<!-- end -->"
NONE_YET = "No release has been measured with this program yet."
_WORDS = {"another machine": "another machine's", "too few rounds": "too few rounds to tell"}


def lines(run: Run, before: Run | None) -> Iterator[str]:
    """A table of all figures, then what is worse, and which goals were not reached."""
    yield about(run)
    found = {one.now.id: one for one in differences(run, before)} if before else {}
    columns = ("figure", "value", "least to most", "goal", *((before.version, "change") if before else ()))
    for part, figures in groupby(run.figures, key=part_of):
        yield from ("", f"{part}", "", row(*columns), row(*["---"] * len(columns)))
        for figure in figures:
            change = (_change(found[figure.id]) if figure.id in found else ("–", "new")) if before else ()
            yield row(figure.name, _cell(figure), _spread(figure), _goal(figure), *change)
    yield ""
    if before is None:
        yield "There is no release to compare with."
    else:
        worse = [one for one in found.values() if one.verdict == "worse"]
        yield f"Worse than {before.version} by more than the noise: {len(worse)} of {len(found)} figures."
        yield from (f"- {one.now.id}: {one.now.name}: {' was '.join(_pair(one))}" for one in worse)
    missed = [figure for figure in run.figures if figure.is_reached is False]
    yield f"Goals missed: {len(missed)} of {sum(figure.goal is not None for figure in run.figures)}."
    yield from (f"- {figure.id}: {figure.name}: {_value(figure)}, goal {_goal(figure)}" for figure in missed)


def over_releases(found: Sequence[Run]) -> str:
    """A column for each release, the newest first; the rows are the newest one's."""
    if not found:
        return NONE_YET
    newest = found[0]
    table = [row("figure", "goal", *(run.version for run in found)), row(*["---"] * (len(found) + 2))]
    for figure in newest.figures:
        cells = [_cell(other) if (other := run.of(figure.id)) else "–" for run in found]
        table.append(row(f"{part_of(figure)}: {figure.name}", _goal(figure), *cells))
    return "\n".join([*(f"- {run.version}: {about(run)}" for run in found), "", *table])


def with_table(page: str, found: Sequence[Run]) -> str:
    """The page with the table between its marks."""
    before, mark, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"the page has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{over_releases(found)}\n\n{END}{after}"


def about(run: Run) -> str:
    machine = run.machine
    return (
        f"{run.date:%Y-%m-%d}, {machine.processor}, {machine.cores} cores, Python {machine.python}, "
        f"a million additions take {machine.pace_ms:.0f} ms, load {machine.load:.1f} before"
        f"{', quick: rough figures' if run.quick else ''}"
        f"{', a busy machine: provisional' if machine.is_busy else ''}"
    )


def part_of(figure: Figure) -> str:
    return figure.id.partition(".")[0]


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def number(value: float) -> str:
    """Three digits that tell something; whole where there are more."""
    if abs(value) >= 100 or value == int(value):  # noqa: PLR2004
        return f"{value:,.0f}"
    return f"{value:.{2 if abs(value) >= 1 else 3}f}"


def _value(figure: Figure) -> str:
    return f"{number(figure.value)} {figure.unit}".strip().replace(" /s", "/s")


def _spread(figure: Figure) -> str:
    return f"{number(figure.least)} to {number(figure.most)}, {figure.rounds}" if figure.rounds > 1 else "one round"


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{'≥' if figure.better == 'more' else '≤'} {figure.goal:,g}"


def _cell(figure: Figure) -> str:
    return f"{_value(figure)}{' ✗' if figure.is_reached is False else ''}"


def _pair(one: Difference) -> tuple[str, str]:
    return _value(one.now), _value(one.before)


def _change(one: Difference) -> tuple[str, str]:
    by = f"{one.by:+.1%}" if one.by is not None else f"{one.now.value - one.before.value:+g}"
    said = _WORDS.get(one.verdict, one.verdict)
    return _value(one.before), f"**{by}, worse**" if one.verdict == "worse" else f"{by}, {said}"
