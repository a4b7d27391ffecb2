"""`.env`: every line takes effect exactly as it stands, or stops the start with its number."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.policy import People
from bot.settings import NAMES, Settings, SettingsError
from tests.bot.settings.loading import HTTP, SOCKET, errors_in_file, load_file

LISTS = ("TICKET_VIEWERS", "TICKET_DELETERS", "TICKET_CHANNELS")
# What a line of `.env` with a list of ids looks like, in any way that was ever taken: written apart from the parser.
WELL_FORMED = re.compile(
    r"""\s*(?:export\s+)?(?P<name_quote>'?)(?P<name>\w+)(?P=name_quote)\s*=\s*
    (?P<quote>['"]?)(?P<ids>[\w,*\s]*?)(?P=quote)\s*(?:(?<=[\s'"])\#.*)?""",
    re.VERBOSE,
)
PIECES = (
    *LISTS, "ticket_viewers", "Ticket_Channels", "DELETE_SECOND_PERSON", "TICKET_VIEWER", "U01ALICE", "W02BOB",
    "C01SUPPORT", "on", "*", ",", "=", ":", " ", "\t", '"', "'", "#", " # ", "export ", "\\", "${HOME}", "$", ";", "-",
    "\n", "\r\n", "\r", "\u2028", "\x0b", "\x85", "\ufeff", "\x00", "é",
)  # fmt: skip
ENDS = st.sampled_from(["\n", "\r\n", "\r", " \n", "\n\n"])
LINES = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", " ", "export ", "# ", "'", "- "]),
    st.sampled_from([*LISTS, "ticket_viewers"]),
    st.sampled_from(["=", " = ", ":", ": ", " ", ""]),
    st.sampled_from(
        ["U01ALICE", '"U01ALICE,W02BOB"', "'C01SUPPORT'", '"U01ALICE', "'", "*", "", "C01SUPPORT # x", "a"]
    ),
    ENDS,
)
SOUPS = st.lists(st.sampled_from(PIECES) | LINES, max_size=12).map("".join)
GOOD_LINES = [
    st.builds("{}{}{}{}{}{}".format, st.sampled_from(["", " ", "export "]), names, equals, values, comments, ENDS)
    for equals in [st.sampled_from(["=", " = ", "= ", "\t="])]
    for comments in [st.sampled_from(["", " ", " # W03CAROL", ' # "'])]
    for names, values in [
        (
            st.sampled_from(["TICKET_VIEWERS", "ticket_viewers", "'TICKET_VIEWERS'"]),
            st.sampled_from(["*", '"U01ALICE"']),
        ),
        (st.just("TICKET_DELETERS"), st.sampled_from(["U01ALICE", "'U01ALICE, W02BOB'", "*", '""'])),
        (st.just("TICKET_CHANNELS"), st.sampled_from(["C01SUPPORT", '"C01SUPPORT,G02DESK"'])),
        (st.just("DELETE_SECOND_PERSON"), st.sampled_from(["on", '"ON"', "'on'"])),
        (st.just("#"), st.sampled_from(["", "TICKET_VIEWERS=U01ALICE", '"'])),
    ]
]
TEXTS = SOUPS | st.builds(
    "{}{}{}".format, st.tuples(*GOOD_LINES).map("".join), st.just("") | SOUPS, st.just("") | LINES
)


def in_effect(settings: Settings, name: str) -> set[str]:
    value = getattr(settings, name.lower())
    return ({"*"} if value.everybody else set(value.ids)) if isinstance(value, People) else set(value)


@given(TEXTS)
@example('TICKET_CHANNELS="C01SUPPORT\nTICKET_VIEWERS=U01ALICE\n# it\'s "')
@example("TICKET_VIEWERS: U01ALICE")
@example("# who may look:\u2028TICKET_VIEWERS=U01ALICE")
@example("TICKET_VIEWERS=U01ALICE\nticket_viewers=*")
def test_each_line_takes_effect_exactly_or_is_named(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Nothing in between: no line that somebody wrote is ever left out."""
    lines = [line.lstrip("\ufeff") for line in re.split(r"\r\n|\r|\n", text)]
    written = {number: line for number, line in enumerate(lines, 1) if line.strip() and not _is_comment(line)}
    hidden = {number for number, line in enumerate(lines, 1) if len(line.splitlines()) > 1}
    try:
        settings = load_file(tmp_path_factory.getbasetemp(), text)
    except SettingsError as error:
        shown = "\n".join(error.errors)
        strange = {n for n, line in written.items() if not _is_setting(line)} | hidden
        assert [number for number in strange if f"/.env, line {number}: " not in shown] == []
        assert "U01ALICE\n" not in shown
    else:
        assert not hidden
        matches = [WELL_FORMED.fullmatch(line) for line in written.values()]
        assert all(matches)
        wanted = {match["name"].upper(): _ids(match["ids"]) for match in matches if match}
        assert len(wanted) == len(written), "a name stood twice"
        assert {name: in_effect(settings, name) for name in wanted if name in LISTS} == {
            name: ids for name, ids in wanted.items() if name in LISTS
        }
        assert settings.delete_second_person == (wanted.get("DELETE_SECOND_PERSON") in ({"on"}, {"ON"}))
        untouched = set(LISTS) - set(wanted)
        assert {name: in_effect(settings, name) for name in untouched} == {
            name: {"*"} if name == "TICKET_VIEWERS" else set() for name in untouched
        }


def _is_comment(line: str) -> bool:
    return re.match(r"\s*(export\s+)?#", line) is not None


def _is_setting(line: str) -> bool:
    match = WELL_FORMED.fullmatch(line)
    return match is not None and match["name"].upper() in NAMES


def _ids(text: str) -> set[str]:
    return {item.strip() for item in text.split(",") if item.strip()}


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        load_file(tmp_path_factory.getbasetemp(), content)
    except SettingsError:
        return
    lines = [line.lstrip("\ufeff").strip() for line in re.split(r"\r\n|\r|\n", content.decode())]
    assert [line for line in lines if line and not _is_comment(line) and not _is_setting(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "TICKET_VIEWERS=U01ALICE,W02BOB",
        "export TICKET_VIEWERS=U01ALICE,W02BOB",
        "  TICKET_VIEWERS  =  U01ALICE, W02BOB  ",
        'TICKET_VIEWERS="U01ALICE,W02BOB"',
        "TICKET_VIEWERS='U01ALICE,W02BOB' # the two of us",
        "TICKET_VIEWERS=U01ALICE,W02BOB # the two of us",
        "ticket_viewers=U01ALICE,W02BOB",
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"])
def test_what_worked_in_a_line_works(tmp_path: Path, begin: bytes, line: str, end: str) -> None:
    settings = load_file(tmp_path, begin + end.join([line, "# a comment", ""] if end else [line]).encode())
    assert in_effect(settings, "TICKET_VIEWERS") == {"U01ALICE", "W02BOB"}


def test_a_line_behind_a_byte_order_mark_is_named_too(tmp_path: Path) -> None:
    assert errors_in_file(tmp_path, "\ufeffPORT: 1") == [".env, line 1: PORT can't be read: write PORT=value"]


def test_a_hash_inside_a_value_belongs_to_it(tmp_path: Path) -> None:
    settings = load_file(
        tmp_path, 'SWEEPPEA_API_KEY=a#b\nSLACK_SIGNING_SECRET="c#d" # e', {"SLACK_BOT_TOKEN": "xoxb-1"}
    )
    assert {"a#b", "c#d"} <= set(settings.secrets)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("TICKET_VIEWERS: U01ALICE", "TICKET_VIEWERS can't be read: write TICKET_VIEWERS=value"),
        ("TICKET_VIEWERS", "TICKET_VIEWERS can't be read: write TICKET_VIEWERS=value"),
        ("TICKET_VIEWERS U01ALICE", "TICKET_VIEWERS can't be read: write TICKET_VIEWERS=value"),
        ('TICKET_VIEWERS="U01ALICE', 'TICKET_VIEWERS can\'t be read: the value begins with ", so it has to end with "'),
        ("TICKET_VIEWERS='U01ALICE',W02BOB", "TICKET_VIEWERS can't be read: the value begins with '"),
        ("TICKET_VIEWERS=bob", "TICKET_VIEWERS has 'bob', which is not a Slack user id"),
        ("TICKET_VIEWERS=", "TICKET_VIEWERS is empty: write * for everybody, or user ids"),
        ("TICKET_VIEWERS= # U01ALICE", "TICKET_VIEWERS is empty"),
        ("TICKET_CHANNELS=", "TICKET_CHANNELS is empty: write channel ids, or take the line out"),
        ("DELETE_SECOND_PERSON=''", "DELETE_SECOND_PERSON is empty: write on or off"),
        ("TICKET_DELETERS=,", "TICKET_DELETERS has no id in it"),
        ("TICKET_VIEWER=U01ALICE", "TICKET_VIEWER is not a setting: do you mean TICKET_VIEWERS?"),
        ("LOG_LEVL=DEBUG", "LOG_LEVL is not a setting: do you mean LOG_LEVEL?"),
        ("HTTPS_PROXY=http://127.0.0.1:9", "HTTPS_PROXY is read from the environment, not from this file"),
        ("xoxb-123-secret", "this line can't be read: write NAME=value"),
        ("x0xb123sEcret=", "what stands before the = sign is not a setting"),
        (
            "xoxb-1-sEcretSLACK_BOT_TOKEN=",
            "what stands before the = sign is not a setting: do you mean SLACK_BOT_TOKEN?",
        ),
        (f"{'sEcret' * 9}=", "what stands before the = sign is not a setting"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    found = errors_in_file(tmp_path, f"# a comment\r\n\r\n{line}\r\nLOG_LEVEL=INFO\r\n")
    assert len(found) == 1
    assert found[0].startswith(f".env, line 3: {sentence}")
    assert "secret" not in found[0].lower()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_stands_twice_is_named(tmp_path: Path, name: str) -> None:
    found = errors_in_file(tmp_path, f"{name}=1\n\n{name.lower()}=2", HTTP | SOCKET)
    message = f".env, line 3: {name} stands twice, first in line 1: leave one of the two lines"
    assert message in found


def test_errors_come_in_the_order_of_the_lines(tmp_path: Path) -> None:
    found = errors_in_file(tmp_path, "PORT=x\nTICKET_VIEWERS: U1\nLOG_LEVEL=loud\nnonsense", {"TICKET_DELETERS": "bob"})
    assert [re.sub(": .*", "", error) for error in found[:5]] == [
        ".env, line 1", ".env, line 2", ".env, line 3", ".env, line 4", "environment",
    ]  # fmt: skip
    assert [error.split()[0] for error in found[5:]] == ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SWEEPPEA_API_KEY"]


def test_a_token_in_a_line_that_cannot_be_read_is_not_called_missing(tmp_path: Path) -> None:
    found = errors_in_file(tmp_path, "SLACK_BOT_TOKEN: xoxb-1", {"SLACK_SIGNING_SECRET": "s", "SWEEPPEA_API_KEY": "k"})
    assert found == [".env, line 1: SLACK_BOT_TOKEN can't be read: write SLACK_BOT_TOKEN=value"]


@given(st.from_regex(r"[!-!%-&(-\[\]-~]*\$\{[A-Za-z_]{1,8}(:-[a-z]*)?\}[!-!%-&(-\[\]-~]*", fullmatch=True))
def test_nothing_is_expanded(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    secrets = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}
    for quote in ("'", '"'):
        settings = load_file(tmp_path_factory.getbasetemp(), f"SWEEPPEA_API_KEY={quote}{value}{quote}", secrets)
        assert settings.sweeppea_api_key.get_secret_value() == value
        assert "SWEEPPEA_API_KEY has ${…} in it, which is not expanded" in " ".join(settings.warnings)
        assert value not in " ".join(settings.warnings)
