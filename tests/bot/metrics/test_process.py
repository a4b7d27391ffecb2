"""The figures of the process, also where there is no /proc."""

from pathlib import Path

import pytest

from bot.metrics import process
from bot.metrics.process import process_families

EVERYWHERE = ["process_cpu_seconds", "process_start_time_seconds", "process_max_fds"]
ON_LINUX = ["process_resident_memory_bytes", "process_open_fds"]


def test_the_figures_are_those_of_this_process() -> None:
    found = {family.name: family.samples[0].value for family in process_families(1_795_000_000.0)}
    assert list(found) == [*EVERYWHERE, *ON_LINUX]
    assert found["process_start_time_seconds"] == 1_795_000_000.0
    assert 0 < found["process_open_fds"] <= found["process_max_fds"]


def test_what_only_linux_tells_is_left_out_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_PROC", tmp_path)
    assert [family.name for family in process_families(0.0)] == EVERYWHERE
