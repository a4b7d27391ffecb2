"""Of what can't be seen that stays which a word or an emoji needs; all else goes."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blockkit import text

ZWNJ, ZWJ = "\u200c", "\u200d"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

ours = settings(deadline=None, max_examples=150)


@pytest.mark.parametrize(
    "word",
    [
        pytest.param(f"র{ZWJ}\u09cdযাব", id="Bengali, joiner before a virama"),
        pytest.param(f"উদ\u09cd{ZWNJ}যাপন", id="Bengali, non-joiner after a virama"),
        pytest.param(f"അവന\u0d4d{ZWJ}", id="Malayalam, chillu at the end"),
        pytest.param(f"അവന\u0d4d{ZWJ} അവള\u0d4d{ZWJ}.", id="Malayalam, chillu before a space and a dot"),
        pytest.param(f"क\u094d{ZWJ}ष क\u094d{ZWNJ}", id="Devanagari, half letter and bare virama"),
        pytest.param(f"ड\u093c\u094d{ZWJ}य", id="Devanagari, with a nukta"),
        pytest.param(f"ශ\u0dca{ZWJ}රී", id="Sinhala"),
        pytest.param(f"ರ{ZWJ}\u0ccdಯ", id="Kannada"),
        pytest.param(f"ಸಾಫ\u0ccdಟ\u0ccd{ZWNJ}ವೇರ\u0ccd", id="Kannada, a borrowed word"),
        pytest.param(f"ស{ZWNJ}\u17ca\u17b8", id="Khmer, before a register shifter"),
        pytest.param(f"می{ZWNJ}خواهم کتاب{ZWNJ}های", id="Persian"),
        pytest.param(f"مُ{ZWNJ}ها قدّ\u0650{ZWNJ}ها", id="Persian, after marks"),
        pytest.param(f"ه{ZWJ}. ش", id="Persian, an abbreviation"),
        pytest.param(f"{ZWJ}ه", id="Arabic, a final form alone"),
        pytest.param(f"ܒ{ZWNJ}ܓ", id="Syriac"),
        pytest.param("ᠨ\u180b ᠰᠠᠷ\u180eᠠ", id="Mongolian"),
        pytest.param("葛\U000e0100城 神\ufe00", id="Japanese, a variant of a name"),
        pytest.param(f"{ENGLAND} 🏴{ZWJ}☠\ufe0f", id="flags"),
        pytest.param("🏴\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f", id="the flag of Texas"),
        pytest.param(f"👩🏽{ZWJ}🚀 ❤\ufe0f{ZWJ}🔥 1\ufe0f\u20e3", id="emoji"),
    ],
)
def test_what_a_word_or_an_emoji_needs_stays(word: str) -> None:
    assert text.clean(word) == word


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param(f"pass{ZWJ}word{ZWNJ}", "password", id="joiners between Latin letters"),
        pytest.param(f"{ZWNJ}\xa0{ZWNJ}\xa0", "  ", id="the filling of a newsletter's preview"),
        pytest.param(f"ক\u09cd{ZWJ}{ZWJ}{ZWJ}ষ", f"ক\u09cd{ZWJ}ষ", id="joiners on joiners"),
        pytest.param(f"می{ZWNJ} می{ZWNJ}!", "می می!", id="Persian, where nothing follows"),
        pytest.param("a\U0001d159b\U00016fe4c\u3164d\U00013441e", "abcde", id="blank glyphs"),
        pytest.param("🏴\U000e0067\U000e0062\U000e007f", "🏴", id="tags of no country's part"),
        pytest.param("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067", "🏴", id="tags without an end"),
        pytest.param("🏴" + "\U000e0061" * 40 + "\U000e007f", "🏴", id="a message in tags"),
        pytest.param("a\U000e0068\U000e0069\U000e007f", "a", id="tags without a flag"),
        pytest.param("👍\U000e0100\ufe00", "👍", id="variation selectors where there is no variant"),
        pytest.param("a\u180eb\u180bc", "abc", id="Mongolian signs between Latin letters"),
        pytest.param("字\U000e0100\U000e0101", "字\U000e0100", id="a second variant of one ideograph"),
        pytest.param("ᠨ\u202eᠰ", "ᠨᠰ", id="what reorders"),
    ],
)
def test_what_hides_or_reorders_goes(raw: str, shown: str) -> None:
    assert text.clean(raw) == shown


def test_every_virama_of_unicode_keeps_its_joiners() -> None:
    viramas = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code)) == 9]
    assert [sign for sign in viramas if text.clean(f"ক{sign}{ZWJ} ক{ZWJ}{sign}") != f"ক{sign}{ZWJ} ক{ZWJ}{sign}"] == []


SYLLABLES = st.sampled_from(
    [
        *(
            f"{base}{virama}{joiner}"
            for base, virama in ("ক\u09cd", "ന\u0d4d", "क\u094d")
            for joiner in (ZWJ, ZWNJ, "")
        ),
        *(f"র{ZWJ}\u09cdয", f"ರ{ZWJ}\u0ccdಯ", f"ක{ZWJ}\u0dcaව", f"ب{ZWNJ}ب", f"ب{ZWJ}", "ᠨ\u180b", "字\U000e0100"),
        *(ENGLAND, f"👩{ZWJ}🚀", "1\ufe0f\u20e3", "a", "é", " ", ".", "\n"),
    ]
)


@ours
@given(st.lists(SYLLABLES).map("".join))
def test_texts_of_many_scripts_stay_as_they_were_written(written: str) -> None:
    assert text.clean(written) == written


SIGNS = "\u09cd\u094d\u0d4d\u09bc\u093c\u064f\u0301\u0308\u20e3\u180b\u180e\ufe0f\ufe00\u202e\u200b"
TAGS = "\U000e0067\U000e0062\U000e0065\U000e007f\U000e0100"
ALPHABET = st.sampled_from([*"কনബبه字ᠨa1.🏴👩❤ ", *SIGNS, *TAGS, ZWJ, ZWNJ])


@settings(deadline=None, max_examples=400)
@given(st.lists(ALPHABET).map("".join))
def test_cleaning_twice_is_cleaning_once_in_every_script(raw: str) -> None:
    assert text.clean(text.clean(raw)) == text.clean(raw)


@ours
@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1).map(list), st.sampled_from([ZWJ, ZWNJ]))
def test_between_letters_that_have_a_case_no_joiner_stays(letters: list[str], joiner: str) -> None:
    letters = [letter for letter in letters if not "\U0001e900" <= letter <= "\U0001e943"]  # Adlam joins its letters
    assert text.clean(joiner.join(letters)) == text.clean("".join(letters))


@ours
@given(st.lists(SYLLABLES, min_size=3), st.integers(0, 40))
def test_a_cut_splits_nothing_that_is_seen_as_one_character(syllables: list[str], limit: int) -> None:
    whole = "".join(syllables)
    cut = text.truncate(whole, limit)
    if cut != whole and limit > 0:
        rest = whole[len(cut.removesuffix("…")) :]
        assert (
            not rest
            or rest[0] not in f"{ZWJ}{ZWNJ}\u09cd\u0d4d\u094d\u0ccd\u0dca\ufe0f\u20e3\U000e0100\U000e007f\U000e0067"
        )
