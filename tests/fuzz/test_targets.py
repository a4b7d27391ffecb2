"""The fuzzer's targets hold for what was found, and for some bytes of hypothesis's: so that they are at work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from tests.fuzz.findings import FINDINGS
from tests.fuzz.targets import TARGETS

BYTES = st.binary(max_size=200) | st.lists(st.integers(0, 7), max_size=60).map(bytes)


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, all_ in FINDINGS.items() for data in all_])
def test_what_was_found_once_holds(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=50)
@given(data=BYTES)
def test_any_bytes_hold(name: str, data: bytes) -> None:
    TARGETS[name](data)


def test_a_target_sees_text_that_calls_the_channel(mocker: MockerFixture) -> None:
    mocker.patch("bot.messages.card.summary", return_value="<!channel>")
    with pytest.raises(AssertionError):
        TARGETS["ticket"](bytes([1]))
