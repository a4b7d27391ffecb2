"""The settings of the database: what is taken, and that no password and no key is ever printed."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.ledger.database import LedgerStartError
from bot.ledger.keys import parse_keys
from bot.settings import Settings
from tests.bot.settings.loading import HTTP, errors, load

KEY, OTHER = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 255))


def test_by_default_it_is_a_file_in_the_working_folder() -> None:
    settings = load(**HTTP)
    assert settings.database_url.get_secret_value() == "sqlite:///ticket-bot.db"
    assert (settings.encryption_keys, settings.receipt_days, settings.retention_days) == (None, 7, 365)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///ticket-bot.db",
        "sqlite:////var/lib/ticket-bot/ticket bot.db",
        "postgresql://bot@db/ledger",
        "postgresql://bot@db/X",
        "postgres://bot:p%40ss@db.example.com:5433/ledger?sslmode=verify-full",
        "postgresql://bot:word@[::1]:5432/ledger",
        "postgresql://bot:a,word@db/ledger",
        "postgresql://bot@one:5432,two:5432/ledger?target_session_attrs=read-write",
        "postgresql:///ledger?host=/var/run/postgresql",
    ],
)
def test_a_file_or_a_postgresql_is_taken(url: str) -> None:
    assert load(**HTTP, DATABASE_URL=f" {url} ", ENCRYPTION_KEYS=KEY).database_url.get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    [
        "ticket-bot.db",
        "sqlite://ticket-bot.db",
        "sqlite:///",
        "sqlite:///folder/",
        "sqlite:///:memory:",
        "sqlite:///ticket-bot.db?mode=ro",
        "mysql://bot:s3cret@db/ledger",
        "postgresql+asyncpg://bot:s3cret@db/ledger",
        "postgresql://bot:s3cret@db",
        "postgresql://bot:s3cret@db/",
        "postgresql://bot:s3cret@db:0/ledger",
        "postgresql://bot:s3cret@db:99999/ledger",
        "postgresql://bot:s3cret/x@db/ledger",
        "postgresql://bot:s3cret @db/ledger",
        "postgresql://[bot:s3cret@db/ledger",
    ],
)
def test_another_database_is_refused_without_its_password(url: str) -> None:
    message = errors(**HTTP, DATABASE_URL=url, ENCRYPTION_KEYS=KEY)
    assert message.startswith("environment: DATABASE_URL ")
    assert "s3cret" not in message


def test_postgresql_needs_keys() -> None:
    message = errors(**HTTP, DATABASE_URL="postgresql://bot@db/ledger")
    assert message == "ENCRYPTION_KEYS is missing: PostgreSQL needs it (`python app.py new-key` prints a key)"


ALMOST_KEYS = st.text(st.sampled_from("Ab1_-=, é"), max_size=90)
LISTS = st.lists(st.sampled_from([KEY, OTHER, "x"]), min_size=1).map(",".join)


@given((ALMOST_KEYS | LISTS).filter(str.strip))
@example(f" {KEY} ,{OTHER} ")
@example(f"{KEY},{KEY}")
@example(f"{KEY},")
@example(KEY.replace("=", "A"))
def test_the_settings_take_the_keys_that_the_ledger_takes(text: str) -> None:
    try:
        keys = parse_keys(text.strip(), "")
    except LedgerStartError:
        assert KEY not in errors(**HTTP, ENCRYPTION_KEYS=text)
    else:
        taken = load(**HTTP, ENCRYPTION_KEYS=text).encryption_keys
        assert taken
        assert parse_keys(taken.get_secret_value(), "") == keys


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:p%40ss-word@db/x",
        "postgresql://bot@db/x?password=p%40ss-word",
        "postgresql://bot@db/x?sslmode=verify-full&sslpassword=p%40ss-word",
    ],
)
def test_the_password_and_the_keys_are_secrets_as_written_and_as_meant(url: str) -> None:
    settings = load(**HTTP, DATABASE_URL=url, ENCRYPTION_KEYS=f"{KEY}, {OTHER}")
    assert {KEY, OTHER, "p@ss-word", "p%40ss-word"} <= set(settings.secrets)
    assert not [secret for secret in settings.secrets if secret in repr(settings) + str(settings.model_dump())]


def test_a_password_with_an_equals_sign_in_it_is_a_secret_whole() -> None:
    settings = load(**HTTP, DATABASE_URL="postgresql://bot@db/x?sslpassword=p%40ss=word", ENCRYPTION_KEYS=KEY)
    assert {"p@ss=word", "p%40ss=word"} <= set(settings.secrets)


@pytest.mark.parametrize(
    ("receipt", "retention"), [("0", "365"), ("366", "400"), ("7", "0"), ("7", "3651"), ("8", "7")]
)
def test_days_have_their_bounds(receipt: str, retention: str) -> None:
    assert "_DAYS must be at " in errors(**HTTP, RECEIPT_DAYS=receipt, RETENTION_DAYS=retention)


def test_a_change_may_be_kept_for_just_as_long_as_its_receipt() -> None:
    settings = load(**HTTP, RECEIPT_DAYS="7", RETENTION_DAYS="7")
    assert (settings.receipt_days, settings.retention_days) == (7, 7)


@pytest.mark.parametrize("name", ["ENCRYPTION_KEY", "DATABASE_URLS", "RECEIPT_DAY", "RETENTIONS_DAYS"])
def test_a_slip_in_a_name_is_refused(name: str) -> None:
    assert f"{name} is not a setting: do you mean" in errors(**HTTP, **{name: "x"})


def test_what_is_handed_in_is_checked_as_well() -> None:
    given = load(**HTTP, ENCRYPTION_KEYS=KEY)
    finished = {"database_url": given.database_url, "encryption_keys": given.encryption_keys}
    assert Settings.model_validate({name.lower(): value for name, value in HTTP.items()} | finished) == given
