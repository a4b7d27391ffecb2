import html
import re
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.blockkit import text

NASTY = [
    *"*_~`>&<:@#|!\\＊＿｀～＞",
    *("\u200b", "\u202e", "\u2066", "\u2060", "\ufeff", "\xad", "\u3164", "\u2800", "\U000e0041", "\u200d", "\ufe0f"),
    *("\r\n", "\r", "\u2028", "\x00", "\x1b", "\x85", "\t", "\xa0", "\ud800", "\udc00", "\u0301" * 7, "\u20e3", "1"),
    *("👩", "🏽", "❤", "🇩", "ش", "\u200c", "क", "\u094d", "word", " ", "<!channel>", "<@U1>", "@here", "#general"),
    *(":tada:", "&amp;", "&lt;", "<https://a.example|b>", "snake_case", "2*3"),
]
ANY_TEXT = st.one_of(
    st.text(st.characters()), st.lists(st.sampled_from(NASTY)).map("".join), st.text(alphabet="*_ ~`>a:")
)
LIMITS = st.integers(0, 60)
UNSEEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)
FAMILY, HEART, KEYCAP = "👩🏽\u200d👩\u200d👧", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3"

ours = settings(deadline=None, max_examples=150)


def mentions(mrkdwn: str) -> list[str]:
    """What Slack would act on, by its documentation; its formatting needs an edge of a word outside of the signs."""
    bare = re.sub(r"&(amp|lt|gt);", " ", mrkdwn)
    acting = [r"[&<>]", r":[\w+'-]+:", r"(?i)(?<!\w)@(here|channel|everyone|group)\b", r"(?<!\w)#\w"]
    acting += [rf"(?<![A-Za-z0-9])[{sign}]|[{sign}](?![A-Za-z0-9])" for sign in ("*＊", "_＿", "~～")]
    found = [hit.group() for pattern in [*acting, "[`｀]"] for hit in re.finditer(pattern, bare)]
    return found + re.findall(r"(?m)^ *(?:&gt;|＞)", mrkdwn)


@ours
@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    assert text.clean(text.clean(raw)) == text.clean(raw)


@ours
@given(ANY_TEXT)
def test_nothing_unseen_is_left(raw: str) -> None:
    cleaned = text.clean(raw)
    assert not UNSEEN.search(cleaned)
    cleaned.encode()


def test_of_all_format_characters_only_those_that_show_stay() -> None:
    formats = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in {"Cf", "Cc", "Cs"}]
    stay = [char for char in formats if text.clean(f"a{char}b") not in {"ab", "a b", "a\nb", "a\ufffdb"}]
    assert "".join(stay) == "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb\xa0c\u3000d", "a b c d"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("half \ud83d a pair", "half \ufffd a pair"),
        ("z\u0301\u0302\u0303\u0304\u0305\u0306\u0307algo", "z\u0301\u0302\u0303\u0304algo"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
        ("1\ufe0f", "1"),
        ("a\u200db", "ab"),
    ],
)
def test_what_misleads_is_gone(raw: str, shown: str) -> None:
    assert text.clean(raw) == shown


@pytest.mark.parametrize(
    "word", [FAMILY, HEART, KEYCAP, "🇩🇪", "مرحبا ،", "شَدَّة", "می\u200cخواهم", "שָׁלוֹם", "क्\u200dष", "ที่นี้", "한국어", "café"]
)
def test_what_people_write_stays(word: str) -> None:
    assert text.clean(word) == word


@ours
@given(ANY_TEXT)
def test_one_line_is_one_line(raw: str) -> None:
    line = text.one_line(raw)
    assert line == " ".join(line.split())


@ours
@given(ANY_TEXT, LIMITS)
def test_a_cut_text_is_never_too_long_and_begins_as_it_did(raw: str, limit: int) -> None:
    cut = text.truncate(raw, limit)
    assert text.utf16_len(cut) <= limit
    assert cut == raw or re.sub("[\ud800-\udfff]", "\ufffd", raw).startswith(cut.removesuffix("…"))


@ours
@given(st.lists(st.sampled_from([FAMILY, HEART, KEYCAP, "🇩🇪", "e\u0301\u0323", "क्\u200dष", "a"]), min_size=3), LIMITS)
def test_what_is_seen_as_one_character_is_not_split(clusters: list[str], limit: int) -> None:
    whole, shown = "".join(clusters), text.truncate("".join(clusters), limit)
    kept = shown.removesuffix("…") if shown != whole else whole
    assert kept in {"".join(clusters[:count]) for count in range(len(clusters) + 1)}


@pytest.mark.parametrize(
    "clusters",
    [
        ["👍🏻", "👍🏿", "🇦🇿", "🏴\U000e0020\U000e0067\U000e007f", "a"],
        ["🇩🇪", "🇫🇷", "🇮🇹"],
        ["a", "🇩🇪", "b", "🇫🇷", "🇮🇹", "a"],
        ["b", FAMILY, HEART, KEYCAP, "e\u0301\u0323", "a"],
    ],
)
def test_at_no_limit_is_a_flag_or_an_emoji_split(clusters: list[str]) -> None:
    whole = "".join(clusters)
    beginnings = ["".join(clusters[:count]) for count in range(len(clusters))]
    for limit in range(1, text.utf16_len(whole)):
        longest = max((each for each in beginnings if text.utf16_len(each) < limit), key=len)
        assert text.truncate(whole, limit) == longest + "…"


@pytest.mark.parametrize(
    ("limit", "shown"),
    [(11, "hello world"), (10, "hello…"), (6, "hello…"), (5, "hell…"), (1, "…"), (0, ""), (-1, "")],
)
def test_a_cut_is_made_after_a_word_where_one_is_near(limit: int, shown: str) -> None:
    assert text.truncate("hello world", limit) == shown


def test_an_emoji_counts_as_two() -> None:
    assert text.truncate("😀😀", 4) == "😀😀"
    assert text.truncate("😀😀", 3) == "😀…"
    assert text.truncate("😀😀", 2) == "…"


def test_a_long_pile_of_marks_is_cut_all_the_same() -> None:
    assert text.truncate("e" + "\u0301" * 99, 50) == "e" + "\u0301" * 48 + "…"


@ours
@given(raw=ANY_TEXT, limit=LIMITS)
@example(raw="&" * 99, limit=50)
@example(raw="\n> quote\n＞quote", limit=60)
@example(raw=":a:b:c: *a*b* _x_ ~y~ `z` <!here> @here (@Channel) #x", limit=60)
def test_nothing_in_mrkdwn_is_active(raw: str, limit: int) -> None:
    shown = text.mrkdwn(raw, limit)
    assert not mentions(shown)
    assert not mentions(text.escape(text.clean(raw)))
    assert text.utf16_len(shown) <= limit


@ours
@given(ANY_TEXT)
def test_mrkdwn_reads_as_the_text_did(raw: str) -> None:
    cleaned = text.one_line(raw)
    back = html.unescape(text.escape(cleaned)).replace("\u2060", "")
    same = str.maketrans("∗ˍ∼ˋ", "*_~`")
    wide = str.maketrans("＊＿～｀", "*_~`")
    assert (
        "&#" in cleaned
        or "&" in html.unescape(cleaned)
        or back.translate(same).translate(wide) == cleaned.translate(same).translate(wide)
    )


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Tom & Jerry <3", "Tom &amp; Jerry &lt;3"),
        ("snake_case and 2*3 and a~b", "snake_case and 2*3 and a~b"),
        ("*bold* _it_ ~no~ `code`", "∗bold∗ ˍitˍ ∼no∼ ˋcodeˋ"),
        (":tada: at 9:30", ":\u2060tada: at 9:30"),
        ("@here me@here.example", "@\u2060here me@here.example"),
        ("> quoted", "\u2060&gt; quoted"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
    ],
)
def test_only_what_would_act_is_changed(raw: str, shown: str) -> None:
    assert text.mrkdwn(raw, 100) == shown


def test_a_quote_is_none_in_any_line() -> None:
    assert text.mrkdwn("a\n> b", 99) == "a &gt; b"
    assert text.escape("a\n> b") == "a\n\u2060&gt; b"


@ours
@given(ANY_TEXT, LIMITS)
def test_plain_text_is_one_clean_line_of_the_length_asked_for(raw: str, limit: int) -> None:
    shown = text.plain(raw, limit)
    assert text.utf16_len(shown) <= limit
    seen = shown.replace("\u2060", "")
    assert seen == text.one_line(seen)
    assert not re.search(r"<[!@#]|(?i:(?<![\w/])@(here|channel|everyone|group)\b)|(?<![\w/:]):[\w+'-]+:", shown)


@pytest.mark.parametrize(
    "copied",
    [
        "https://a.example/b:c:d",
        "https://a.example/@channel/x",
        "2024-01-02T10:20:30Z",
        "fe80::1:2:3",
        "aa:bb:cc:dd",
        "std::vector::size",
    ],
)
def test_what_is_there_to_be_copied_stays_as_it_is(copied: str) -> None:
    assert text.neutralize(copied) == copied
    assert text.plain(copied, 99) == copied


@ours
@given(ANY_TEXT)
@example(":tada: <!here> @channel")
def test_what_is_inert_stays_as_it_is(raw: str) -> None:
    assert text.neutralize(text.neutralize(raw)) == text.neutralize(raw)


def test_plain_text_is_not_escaped_but_what_it_names_is_broken_all_the_same() -> None:
    escaped = "<\u2060!channel> & *x* :\u2060tada: <\u2060https://a.example|b> a <b"
    assert text.plain("  <!channel> & *x*\n:tada: <https://a.example|b> a <b", 99) == escaped
    assert text.plain(" \u200b ", 99) == ""


@pytest.mark.parametrize(
    ("written", "characters"),
    [("", 0), ("a", 1), ("ab", 2), ("e\u0301", 1), (FAMILY, 1), (f"a{HEART}b", 3), ("🇩🇪", 1), ("🇩🇪🇫🇷x", 3), ("क्ष", 1)],
)
def test_characters_are_counted_as_a_person_counts_them(written: str, characters: int) -> None:
    assert text.count_characters(written) == characters


@pytest.mark.parametrize(
    ("whole", "limit", "shown"),
    [
        ("ab cdefg", 5, "ab c…"),  # a word that ends before the second half is too short to stop at
        ("abc defg", 6, "abc…"),
        ("abcd\nefgh", 8, "abcd…"),
        ("ab\ncd efgh", 8, "ab\ncd…"),
        ("ab\ncd\nefgh", 8, "ab\ncd…"),
        ("ab  cd", 4, "ab…"),
        ("ab cd efgh", 9, "ab cd…"),
        ("abcdef\nghi", 6, "abcde…"),
        ("abcdef ghi", 6, "abcde…"),
        ("abcdefgh \nij", 10, "abcdefgh…"),
        ("x\ud800yz", 3, "x\ufffd…"),
        ("a😀b", 3, "a…"),
        ("🇩🇪🇫🇷🇮🇹", 6, "🇩🇪…"),
        ("e" + "\u0301" * 40 + "x", 33, "…"),
        ("e" + "\u0301" * 40 + "x", 34, "e" + "\u0301" * 32 + "…"),
    ],
)
def test_a_text_is_cut_where_a_reader_would_cut_it(whole: str, limit: int, shown: str) -> None:
    assert text.truncate(whole, limit) == shown


@pytest.mark.parametrize(
    ("raw", "limit", "shown"),
    [
        ("&" * 99, 50, "&amp;" * 9 + "…"),
        ("a&b&c&d&e", 9, "a&amp;…"),
        (":a:b:c:d:", 5, ":\u2060a:…"),
        ("&", 5, "&amp;"),
        ("&", 4, ""),
        ("x" * 9, 9, "x" * 9),
    ],
)
def test_no_escape_is_cut_in_two(raw: str, limit: int, shown: str) -> None:
    assert text.mrkdwn(raw, limit) == shown


def test_a_text_as_long_as_a_book_is_read_at_its_beginning_only() -> None:
    book = "word " * 20_000
    assert text.mrkdwn(book, 10**6) == text.plain(book, 10**6) == ("word " * 10_000).strip()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("x" + "\u0301" * 4 + "\u200d" * 3 + "y", "x" + "\u0301" * 4 + "y"),
        ("a" + "\u0301\u200d" * 9, "a" + "\u0301" * 4),
        ("¡" + "\u0301" * 5 + "¡\u0301", "¡" + "\u0301" * 4 + "¡\u0301"),
        ("¡" * 7, "¡" * 7),
    ],
)
def test_four_marks_stay_on_each_letter_and_signs_that_are_none_all_stay(raw: str, shown: str) -> None:
    assert text.clean(raw) == shown
