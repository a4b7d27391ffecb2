"""Credentials are found by their name and by their shape, wherever they stand, in time that grows with the ticket."""

import json
import re
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.api import credentials, redact
from bot.api.credentials import is_credential_name
from tests.support.work import lines_run

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def secret(least: int, most: int = 60, alphabet: str = _ALPHABET) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most)


_JWT = st.builds("eyJ{}.eyJ{}.{}".format, secret(20), secret(20), secret(20, alphabet=_ALPHABET + "-_"))
_PEM = st.builds(
    "-----BEGIN {0}PRIVATE KEY-----\n{1}\n-----END {0}PRIVATE KEY-----".format,
    st.sampled_from(["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "]),
    secret(40, 300, _ALPHABET + "+/=\n"),
)
_PREFIXED = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["AKIA", "ASIA"]), secret(16, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
    st.builds("xoxb-{}".format, secret(24)),
    st.builds("ghp_{}".format, secret(36)),
    st.builds("sk_live_{}".format, secret(24)),
    st.builds("AIza{}".format, secret(35)),
    st.builds("SG.{}.{}".format, secret(22), secret(43)),
)
SHAPES = st.one_of(_JWT, _PEM, _PREFIXED)
SIGNED_URLS = st.builds(
    "https://files.example.com/{}.png?{}{}={}&x=1".format,
    secret(1, 8),
    st.sampled_from(["", "a=b&", "a=b&amp;"]),
    st.sampled_from(["X-Amz-Signature", "X-Goog-Signature", "sig", "Signature", "access_token", "token", "hmac"]),
    secret(20),
)
AROUND = st.sampled_from(
    ["{}", "see {}.", "<p>{}</p>", "key={}", '{{"a": "{}"}}', "a\n{}\nb", "({})", "Bearer {}", "{0} and {0}", "{} eyJ"]
)
_PLACES = st.recursive(
    st.just("HERE") | st.sampled_from(["harmless", 7, None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Notes", "a", "HERE"]), inner),
    max_leaves=8,
)


def put(secret: str, places: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(places, dict):
        return {key.replace("HERE", secret): put(secret, value) for key, value in places.items()}
    if isinstance(places, list):
        return [put(secret, value) for value in places]
    return secret if places == "HERE" else places


@settings(max_examples=300)
@given(SHAPES, AROUND, _PLACES)
def test_what_has_the_shape_of_a_credential_is_nowhere_in_a_ticket(found: str, around: str, places: object) -> None:
    data = {"CaseNumber": "2531581", "Description": around.format(found), "Survey": put(around.format(found), places)}
    shown = json.dumps(redact.redact(data), ensure_ascii=False)
    assert json.dumps(found, ensure_ascii=False)[1:-1] not in shown
    assert not any(line in shown for line in found.splitlines() if len(line) >= 12)
    assert "[left out]" in shown


@given(SIGNED_URLS, AROUND)
def test_a_signed_url_keeps_its_place_and_loses_its_signature(url: str, around: str) -> None:
    shown = str(redact.redact({"Files": [around.format(url)]}))
    assert url.rpartition("=")[0].rpartition("=")[2].removesuffix("&x") not in shown
    assert url.partition("?")[0] in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://bob:hunter2@host/x", "https://[left out]@host/x"),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer [left out]"),
        ("password=hunter22 and more", "password=[left out] and more"),
        ('{\\"api_key\\": \\"abcd1234\\"}', '{\\"api_key\\": \\"[left out]\\"}'),
        ("-----BEGIN PRIVATE KEY-----\nMIIEv cut off", "[left out]"),
        ("a%20eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x", "a%20[left out]"),
        ("https://x.example/?page=2&sort=name#top", "https://x.example/?page=2&sort=name#top"),
        ("password: required; the token expired; session: morning", None),
        ("see http://a.example/b:c and eyJ, AKIA, Bearer of news, sk-ordinary", None),
        ("550e8400-e29b-41d4-a716-446655440000", None),
    ],
)
def test_of_a_text_the_credential_alone_is_left_out(text: str, expected: str | None) -> None:
    assert redact.redact([text]) == [expected or text]


_WORDS = ("jwt", "session", "auth", "accessKey", "private_key", "otp", "pass", "token", "secret", "password", "apiKey")


def _spelled(word: str) -> st.SearchStrategy[str]:
    parts = word.replace("_", " ").replace("Key", " Key").split()
    camel = parts[0].lower() + "".join(part.capitalize() for part in parts[1:])
    forms = [camel, camel[0].upper() + camel[1:], "_".join(parts).upper(), "-".join(parts).lower(), " ".join(parts)]
    return st.builds(
        "{}{}".format,
        st.sampled_from(["", "user_", "x-", "My "]),
        st.sampled_from(forms),
    )


@given(st.sampled_from(_WORDS).flatmap(_spelled), secret(8), AROUND)
def test_a_credential_by_its_name_is_left_out_here_and_everywhere(key: str, value: str, around: str) -> None:
    data = {"Survey": {"deep": [{key: {"inner": [value]}}]}, "Subject": around.format(value)}
    redacted = redact.redact(data)
    assert value not in str(redacted)
    assert redacted["Survey"] == {"deep": [{}]}  # type: ignore[index]


_ORDINARY = """author, AuthorName, authority, compass, passenger, passed, bypass, Pin, key, Size, possession, secretary,
 sideBar, publicKey, CaseNumber, Statistics, Survey, Which session did you like best?, Did you pass the test in time?"""


@pytest.mark.parametrize("name", re.split(r",\s+", _ORDINARY))
def test_an_ordinary_name_hides_nothing(name: str) -> None:
    assert not is_credential_name(name)


def test_a_long_credential_is_found_in_part_too() -> None:
    token = "".join(chr(97 + number % 26) + str(number) for number in range(400))
    redacted = redact.redact({"session": token, "a": f"it was {token}!", "b": f"cut off: {token[:90]}"})
    assert redacted == {"a": "it was [left out]!", "b": f"cut off: [left out]{token[80:90]}"}


def _many_lengths(size: int) -> dict[str, Any]:
    """The worst there is: every place in the text may begin a credential of any length."""
    count = int(size**0.5)
    return {"x": [{"token": "a" * (8 + number) + "b"} for number in range(count)], "Description": "a" * size}


def _many_tokens(size: int) -> dict[str, Any]:
    tokens = [f"secret-{number:07}" for number in range(size // 30)]
    return {"x": [{"token": token} for token in tokens], "Description": " ".join(tokens)}


@pytest.mark.parametrize("made", [_many_lengths, _many_tokens])
def test_the_work_grows_with_the_ticket_and_not_with_its_square(made: Any) -> None:  # noqa: ANN401
    small, large = made(3_000), made(24_000)
    work = [lines_run(partial(redact.redact, data), redact, credentials) for data in (small, large)]
    assert work[1] < work[0] * 8 * 1.5


@pytest.mark.parametrize(
    "part",
    [
        "eyJ", "eyJ.", "eyJa.", "eyJaaaaaaaaaaaaaaaaaaaa ", "-----BEGIN A-----", "-----BEGIN ", "AKIA", "xox", "SG.",
        "SG.aaaaaaaaaaaaaaaaaaaa", "://", "://a:", "://a:b", "?a", "?token", "&amp;", "=", "password", "password:",
        "Bearer ", "sk-", "a.", "a-", "token=\\",
    ],
)  # fmt: skip
def test_half_a_credential_many_times_over_costs_no_more_than_its_length(part: str) -> None:
    redact.redact({"Description": part * (300_000 // len(part))})  # in quadratic time it would take hours


def test_no_long_name_is_remembered() -> None:
    before = credentials._is_short_credential_name.cache_info().currsize
    for number in range(20):
        assert is_credential_name(f"token {number} {'x' * 10_000}")
    assert credentials._is_short_credential_name.cache_info().currsize == before


KEY = "live-Key/with+signs=42"
_REACHES = ["jane.roe@example.com", "+1 (555) 123-4567", "5551234567", "192.0.2.7", "live-Key%2Fwith%2Bsigns%3D42"]
_KEYS = secret(24).filter(lambda text: any(map(str.isdigit, text)))
_SAID = st.one_of(SHAPES, SIGNED_URLS, _KEYS, st.just(KEY), st.sampled_from(_REACHES))


@settings(max_examples=200)
@given(_SAID, AROUND, st.integers(0, 330))
def test_the_apis_own_sentence_is_without_secrets_and_ways_to_reach_anybody(said: str, around: str, at: int) -> None:
    shown = redact.redact_message(f"{'word ' * (at // 5)}{around.format(said)}{' word' * 2_000}", [KEY])
    assert len(shown) <= 300
    pieces = [piece for piece in said.replace("?", " ").replace("=", " ").split() if len(piece) >= 10]
    assert said not in shown
    assert not any(piece in shown for piece in pieces if any(map(str.isdigit, piece)) and "://" not in piece)


@pytest.mark.parametrize(
    "expected",
    [
        "Ticket Not Found, Already Closed, or Not Owned by User",
        "Missing Required Field: CaseId is required",
        "Task timed out after 3.00 seconds",
        "InternalServerErrorException at /tickets/delete",
        "Ticket 2531581 is closed since 2026-11-26",
    ],
)
def test_an_ordinary_sentence_of_the_api_stays(expected: str) -> None:
    assert redact.redact_message(expected, [KEY, ""]) == expected
