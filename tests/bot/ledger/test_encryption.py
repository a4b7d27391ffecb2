"""What is secret in the database is read by who has its key, and only where it was put."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.encryption import ID_BYTES, DamagedValueError, MissingKeyError, key_id, place
from bot.ledger.keys import parse_keys
from tests.bot.ledger.ciphers import COPY, NEW, OLD, cipher


@given(st.text(), st.text(st.characters(codec="utf-8")))
def test_what_is_encrypted_decrypts_at_its_place(text: str, row: str) -> None:
    text = text.encode(errors="replace").decode()
    at = place("changes", "copy", row)
    value = cipher(OLD).encrypt(text, at)
    assert cipher(OLD).decrypt(value, at) == text
    assert cipher(NEW, OLD).decrypt(value, at) == text
    assert len(value) == ID_BYTES + 12 + 16 + len(text.encode())
    for elsewhere in (place("changes", "copy", f"{row}x"), place("changes", "response_url", row), ""):
        with pytest.raises(DamagedValueError):
            cipher(OLD).decrypt(value, elsewhere)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_byte_that_was_changed_is_found(position: int, change_by: int) -> None:
    value = bytearray(cipher(OLD).encrypt("the copy of a ticket", COPY))
    value[position % len(value)] ^= change_by
    with pytest.raises((DamagedValueError, MissingKeyError)):
        cipher(OLD).decrypt(bytes(value), COPY)


@given(st.binary(max_size=60))
def test_what_was_never_encrypted_is_found(value: bytes) -> None:
    for found in (value, key_id(parse_keys(OLD, "")[0]) + value):
        with pytest.raises((DamagedValueError, MissingKeyError)):
            cipher(OLD).decrypt(found, COPY)


def test_the_same_text_is_never_encrypted_the_same() -> None:
    values = {cipher(OLD).encrypt("text", COPY) for _ in range(100)}
    assert len(values) == 100
    assert all(b"text" not in value for value in values)


def test_the_first_key_encrypts_and_a_key_that_is_missing_is_named() -> None:
    value = cipher(NEW, OLD).encrypt("text", COPY)
    assert cipher(NEW).decrypt(value, COPY) == "text"
    with pytest.raises(MissingKeyError, match="has to be the last in ENCRYPTION_KEYS of every process before it is"):
        cipher(OLD).decrypt(value, COPY)
