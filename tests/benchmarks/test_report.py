"""What the benchmark prints and writes: the run, its file, the release's file, and the page."""

import re
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from benchmarks import report, results
from benchmarks.__main__ import PAGE, PARTS, main
from benchmarks.figure import figures
from benchmarks.installation import LARGEST_MB
from handlers import VERSION
from tests.benchmarks.runs import MANY, QUIET, figure, run

ROOT = Path(__file__).parent.parent.parent
MARKS = f"before\n\n{report.BEGIN}\n\n{report.END}\n\nafter\n"


def test_the_table_on_the_page_is_what_the_releases_files_say() -> None:
    page = PAGE.read_text()
    assert report.with_table(page, results.releases()) == page


def test_the_files_of_the_releases_are_no_quick_or_busy_ones() -> None:
    assert [found.version for found in results.releases() if found.quick or found.machine.is_busy] == []


def test_the_page_names_each_part() -> None:
    named = set(re.findall(r"(?m)^\| `(\w+)` \|", PAGE.read_text()))
    assert named == set(PARTS)


def test_ci_refuses_the_size_that_the_benchmark_has_as_its_goal() -> None:
    assert f"LARGEST_MB={LARGEST_MB}\n" in (ROOT / ".ci" / "install").read_text()


def test_a_round_with_other_figures_than_its_part_says_is_refused() -> None:
    quantities = {"cpu_ms": figure(), "p50_ms": figure()}
    for found in ({"cpu_ms": 1.0}, {"cpu_ms": 1.0, "p50_ms": 1.0, "p99_ms": 1.0}):
        with pytest.raises(ValueError, match="a round of speed has other figures than it says"):
            list(figures("speed", quantities, [found]))


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = run(figure(goal=11, better="more"), figure(exact=True, key="size"))
    results.write(written, tmp_path / "0.2.0.json")
    assert results.releases(tmp_path) == [written]


def test_the_last_release_is_the_highest_version(tmp_path: Path) -> None:
    for version in ("0.9.0", "0.10.0", "0.2.0"):
        results.write(run(figure(), version=version), tmp_path / f"{version}.json")
    found = results.releases(tmp_path)
    assert [one.version for one in found] == ["0.10.0", "0.9.0", "0.2.0"]
    assert results.last_release(found) == found[0]
    assert results.last_release(found, before="0.10.0") == found[1]
    assert results.last_release(found, before="0.2.0") is None


def test_a_file_of_another_version_than_its_name_is_refused(tmp_path: Path) -> None:
    results.write(run(figure(), version="0.3.0"), tmp_path / "0.2.0.json")
    with pytest.raises(ValueError, match=r"0\.2\.0\.json has the figures of 0\.3\.0"):
        results.releases(tmp_path)


def test_a_run_says_by_how_much_each_figure_changed_and_names_the_worse_ones() -> None:
    slower, smaller = (tuple(value * factor for value in MANY) for factor in (1.2, 0.5))
    now = run(figure(slower, goal=11), figure(smaller, key="size", unit="MiB"), figure(key="new"), version="0.3.0")
    before = run(figure(), figure(key="size", unit="MiB"))
    lines = list(report.lines(now, before))
    assert "| CPU per /ticket | 12.12 ms ✗ | 11.76 to 12.48, 5 | ≤ 11 | 10.10 ms | **+20.0%, worse** |" in lines
    assert "| CPU per /ticket | 5.05 MiB | 4.90 to 5.20, 5 |  | 10.10 MiB | -50.0%, better |" in lines
    assert lines[-4:] == [
        "Worse than 0.2.0 by more than the noise: 1 of 2 figures.",
        "- speed.cpu_ms: CPU per /ticket: 12.12 ms was 10.10 ms",
        "Goals missed: 1 of 1.",
        "- speed.cpu_ms: CPU per /ticket: 12.12 ms, goal ≤ 11",
    ]


def test_the_table_has_a_column_for_each_release_and_a_gap_for_what_is_new() -> None:
    newest = run(figure(goal=9), figure((3.0,) * 5, key="new"), version="0.3.0")
    table = report.over_releases([newest, run(figure((8.0,) * 5))])
    assert "| figure | goal | 0.3.0 | 0.2.0 |" in table
    assert "| speed: CPU per /ticket | ≤ 9 | 10.10 ms ✗ | 8 ms |" in table
    assert "| speed: CPU per /ticket |  | 3 ms | – |" in table


def test_a_part_is_measured_printed_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last_run = tmp_path / "cache" / "bench.json"
    assert main(["richtext", "--quick"], last_run=last_run, releases=tmp_path, page=tmp_path / "page") == 0
    (kept,) = results.releases(_named(last_run))
    assert [one.id for one in kept.figures] == [f"richtext.{key}" for key in PARTS["richtext"].quantities]
    assert all(one.value > 0 for one in kept.figures)
    printed = capsys.readouterr().out
    assert "There is no release to compare with." in printed
    assert all(one.name in printed for one in kept.figures)


def _named(file: Path) -> Path:
    """The folder, where the file is named as a release's."""
    return file.rename(file.with_name(f"{VERSION}.json")).parent


@pytest.mark.parametrize("arguments", [["--quick", "--release"], ["richtext", "--release"]])
def test_rough_figures_become_no_releases(arguments: list[str], tmp_path: Path) -> None:
    page = tmp_path / "page"
    assert main(arguments, last_run=tmp_path / "last" / "run.json", releases=tmp_path, page=page) == 2
    assert list(tmp_path.iterdir()) == []


def test_figures_of_a_busy_machine_become_no_releases(tmp_path: Path, mocker: MockerFixture) -> None:
    busy = QUIET.model_copy(update={"load": 3.0})
    mocker.patch.object(results, "this_machine", return_value=busy)
    assert main(["--release"], last_run=tmp_path / "last" / "run.json", releases=tmp_path, page=tmp_path / "page") == 2
    assert list(tmp_path.iterdir()) == []


def test_a_release_gets_its_file_and_its_column(tmp_path: Path, mocker: MockerFixture) -> None:
    mocker.patch.object(results, "this_machine", return_value=QUIET)
    mocker.patch.dict(PARTS, {"richtext": PARTS["richtext"]}, clear=True)
    page, releases = tmp_path / "page", tmp_path / "results"
    page.write_text(MARKS)
    results.write(run(figure(), version="0.1.0"), releases / "0.1.0.json")
    assert main(["--release"], last_run=tmp_path / "run.json", releases=releases, page=page) == 0
    assert sorted(path.name for path in releases.iterdir()) == ["0.1.0.json", f"{VERSION}.json"]
    written = page.read_text()
    assert written.startswith("before\n")
    assert written.endswith("\n\nafter\n")
    assert f"| figure | goal | {VERSION} | 0.1.0 |" in written
    assert report.with_table(written, results.releases(releases)) == written
