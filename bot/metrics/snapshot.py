"""What is asked for when Prometheus asks: how things stand at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class QueueState(NamedTuple):
    """Before an endpoint of the ticket API. `answer_s`: how long an answer takes at present, 0 where not measured."""

    waiting: int
    answer_s: float


@dataclass(frozen=True)
class Changes:
    """`by_state` counts what the ledger looks at again, `unknown` what ended as "we don't know" and is not settled.

    `oldest_s` is the age of the oldest change that was begun and that people have not been told the end of; 0 for none.
    """

    by_state: Mapping[str, int]
    oldest_s: float
    unknown: int


@dataclass(frozen=True)
class Snapshot:
    """`is_ready` and `is_ledger_up` as /healthz says them; `queues` by endpoint; `tasks`: the event loop's.

    `changes` is None where the ledger can't be asked at this moment.
    """

    is_ready: bool
    is_ledger_up: bool
    under_way: int
    tasks: int
    queues: Mapping[str, QueueState]
    changes: Changes | None
