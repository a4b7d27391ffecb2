"""`python -m tests.soak`: the search goes on, with ever new seeds, for SOAK_SECONDS (600 unless set).

SOAK_SEED begins with a seed that failed before; SOAK_SHRINK=off stops at the first failure, however long its story.
Prints what was done; a failure prints the steps that led to it, and all that happened in the last of them.
"""

import logging
import os
import random
import sys
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.driver import COUNTS
from tests.soak.machine import Conversation

SHRINKS = os.environ.get("SOAK_SHRINK", "on") == "on"
LONG = settings(
    max_examples=20,
    stateful_step_count=60,
    deadline=None,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink) if SHRINKS else (Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def main() -> int:
    logging.getLogger().addHandler(logging.NullHandler())  # what is logged stands in the story
    start = time.monotonic()
    number = int(os.environ.get("SOAK_SEED") or random.randrange(2**32))
    try:
        while time.monotonic() < start + float(os.environ.get("SOAK_SECONDS", "600")):
            run_state_machine_as_test(seed(number)(Conversation), settings=LONG)
            number = random.randrange(2**32)
    except BaseException:
        _say(f"failed with SOAK_SEED={number}")
        raise
    finally:
        counted = (f"{count:8} {what}" for what, count in sorted(COUNTS.items()))
        _say(f"{time.monotonic() - start:.0f} seconds:", *counted)
    return 0


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what it is run for


if __name__ == "__main__":
    sys.exit(main())
