"""A program's names and codes in the words of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import labels


@pytest.mark.parametrize(
    ("came", "shown"),
    [
        ("html_url", "HTML URL"),
        ("TotalSize", "Total size"),
        ("UploadedBy", "Uploaded by"),
        ("state", "State"),
        ("IPAddress", "IP address"),
        ("sha256", "SHA 256"),
        ("id", "ID"),
        ("ID", "ID"),
        ("Uploaded / html_url", "Uploaded / HTML URL"),
        ("Would you recommend us?", "Would you recommend us?"),
        ("John Doe", "John Doe"),
        ("[e-mail address]", "[e-mail address]"),
        ("ABC1234", "ABC1234"),
        ("1", "1"),
        ("größe", "größe"),
        ("", ""),
    ],
)
def test_a_programs_key_is_spaced_words_and_peoples_words_stay(came: str, shown: str) -> None:
    assert labels.path(came) == shown


@given(st.from_regex(r"[A-Za-z0-9_ /.?é]{0,40}", fullmatch=True))
def test_no_letter_or_digit_of_a_key_is_lost(came: str) -> None:
    def letters(text: str) -> list[str]:
        return [char.lower() for char in text if char.isalnum()]

    assert letters(labels.path(came)) == letters(came)


@pytest.mark.parametrize(
    ("key", "came", "shown"),
    [
        ("Size", "182334", "178 KB"),
        ("TotalSize", "272446", "266 KB"),
        ("file_size", "1536000", "1.5 MB"),
        ("Uploaded / bytes", "1023", "1023 bytes"),
        ("Size", "1024", "1.0 KB"),
        ("Size", "1048575", "1.0 MB"),
        ("Size", "9" * 15, "909 TB"),
        ("Size", "12", "12"),
        ("Size", "XL", "XL"),
        ("Size", "178 KB", "178 KB"),
        ("Resize", "182334", "182334"),
        ("Count", "182334", "182334"),
        ("", "182334", "182334"),
    ],
)
def test_a_files_size_is_as_a_person_writes_it(key: str, came: str, shown: str) -> None:
    assert labels.file_size(key, came) == shown


@pytest.mark.parametrize(
    ("came", "shown"),
    [("en", "English"), ("es", "Spanish"), ("en-US", "English (US)"), ("pt_br", "Portuguese (BR)"), ("tlh", "tlh")],
)
def test_a_language_has_its_name_where_it_is_a_known_one(came: str, shown: str) -> None:
    assert labels.language(came) == shown


@pytest.mark.parametrize(
    ("came", "shown"),
    [("create", "Created"), ("View", "Viewed"), ("sendEmail", "Send email"), ("Moved by Ana.", "Moved by Ana.")],
)
def test_what_was_done_is_in_the_past_tense_where_it_is_known(came: str, shown: str) -> None:
    assert labels.action(came) == shown
