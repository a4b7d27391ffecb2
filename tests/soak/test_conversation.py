"""The whole conversation, searched for a sequence of events after which something would not be true."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.machine import Conversation

SHORT = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def test_whatever_happens_what_was_said_is_true_and_what_was_done_was_wished() -> None:
    run_state_machine_as_test(Conversation, settings=SHORT)
