"""The figures of the process, under the names that every Prometheus client gives them.

The library's own collector reads the machine's /proc/stat, which deploy/ticket-bot.service hides (ProcSubset=pid): it
would have nothing to say there.
"""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

_PROC = Path("/proc/self")


def process_families(started_at: float) -> Iterator[Metric]:
    """`started_at` in seconds since the epoch. What only Linux tells is left out elsewhere."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = used.ru_utime + used.ru_stime
    yield CounterMetricFamily("process_cpu_seconds", "User and system CPU time spent, in seconds.", value=cpu_s)
    yield GaugeMetricFamily("process_start_time_seconds", "When the bot started, in Unix time.", value=started_at)
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield GaugeMetricFamily("process_max_fds", "File descriptors that it may open at most.", value=limit)
    try:
        pages = int((_PROC / "statm").read_text().split()[1])
        fds = len(os.listdir(_PROC / "fd"))  # noqa: PTH208 - no Path is made of each
    except OSError:
        return
    memory = pages * resource.getpagesize()
    yield GaugeMetricFamily("process_resident_memory_bytes", "Resident memory, in bytes.", value=memory)
    yield GaugeMetricFamily("process_open_fds", "File descriptors that are open.", value=fds)
