"""The environment: it wins over `.env`, loses nothing, and is full of what others put there."""

import re
from pathlib import Path

import httpx
import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import NAMES, Settings, SettingsError
from bot.settings.sudo import sudo_user
from tests.bot.settings.loading import HTTP, NO_FILE, SOCKET, errors, load

SERVICES = st.from_regex(r"(TICKET|SWEEPPEA|DELETE|AUDIT|PORT|HOST)(_[A-Z0-9]{1,8}){0,3}", fullmatch=True)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    lines = [f"{name}={value}" for name, value in HTTP.items()]
    file.write_text("\n".join([*lines, "LOG_LEVEL=debug", "PORT=1234", "TICKET_DELETERS=", "# a comment"]))
    settings = Settings.load({"PORT": "4321"}, file)
    assert (settings.port, settings.log_level) == (4321, "DEBUG")
    assert not settings.ticket_deleters


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_takes_no_value_away_from_the_file(tmp_path: Path, name: str, empty: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"\n{name}=x")
    with pytest.raises(SettingsError) as caught:
        Settings.load(HTTP | {name: empty}, file)
    message = f"environment: {name} is empty, and has a value in {file}, line 2: take one of the two out"
    assert message in caught.value.errors


def test_an_empty_variable_is_as_good_as_none_where_no_rule_is_lost() -> None:
    empty = dict.fromkeys(NAMES, "") | HTTP
    for name in ("TICKET_VIEWERS", "TICKET_CHANNELS", "DELETE_SECOND_PERSON"):
        assert errors(**HTTP, **{name: ""}).startswith(f"environment: {name} is empty: write ")
        del empty[name]
    assert load(**empty) == load(**HTTP)


@given(st.sampled_from(NAMES).flatmap(lambda name: st.tuples(*[st.sampled_from([c, c.lower()]) for c in name])))
def test_a_name_counts_in_upper_and_in_lower_case(letters: tuple[str, ...]) -> None:
    name = "".join(letters)
    assert f"environment: {name.upper()} " in errors(**{**HTTP, **SOCKET, name: '"quoted"'})


def test_a_list_in_lower_case_is_taken() -> None:
    assert "U02BOB" not in load(**HTTP, ticket_viewers="U01ALICE").ticket_viewers


def test_a_name_in_upper_and_in_lower_case_is_refused() -> None:
    message = errors(**HTTP, TICKET_VIEWERS="*", ticket_viewers="U01ALICE")
    assert message == "environment: TICKET_VIEWERS stands twice, in upper and in lower case: leave one"


@pytest.mark.parametrize("name", ["TICKET_VIEWER", "ticket_viewer", "TICKETS_VIEWERS", "TICKETVIEWERS"])
def test_a_rule_under_a_misspelt_name_is_refused(name: str) -> None:
    message = errors(**HTTP, **{name: "U01ALICE"})
    assert message == f"environment: {name} is not a setting: do you mean TICKET_VIEWERS?"


def test_other_programs_variables_are_left_alone() -> None:
    others = {"HOME": "/root", "PATH": "x", "SLACK_CLIENT_ID": "1", "TICK": "1", "no_proxy": "x", "VIEWERS": "all"}
    assert load(**HTTP, **others) == load(**HTTP)


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("name", NAMES)
def test_quotes_that_docker_leaves_are_named(name: str, quote: str) -> None:
    message = errors(**{**HTTP, name: f"{quote}U01ALICE{quote}"}).splitlines()
    assert message[0] == (
        f"environment: {name} has quotes around its value, as `docker --env-file` leaves them: take them out"
    )
    assert len([line for line in message if f" {name} " in line]) == 1


def test_quotes_around_several_lines_are_named_too() -> None:
    assert "BOT_CONTACT has quotes around its value" in errors(**HTTP, BOT_CONTACT='"Dana\nDesk"')


@given(SERVICES, st.sampled_from(["tcp", "udp", "sctp"]), st.integers(1, 65535))
def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_setting(name: str, protocol: str, port: int) -> None:
    url, one = f"{protocol}://10.0.0.11:{port}", f"{name}_PORT_{port}_{protocol.upper()}"
    variables = {
        f"{name}_SERVICE_HOST": "10.0.0.11",
        f"{name}_SERVICE_PORT": str(port),
        f"{name}_SERVICE_PORT_HTTP": str(port),
        f"{name}_PORT": url,
        one: url,
        f"{one}_PROTO": protocol,
        f"{one}_PORT": str(port),
        f"{one}_ADDR": "10.0.0.11",
    }
    assert load(**HTTP, **variables) == load(**HTTP)


def test_a_rule_that_stands_behind_a_variable_of_kubernetes_holds() -> None:
    settings = Settings.load({"TICKET_BOT_SERVICE_HOST": "10.0.0.11", **HTTP, "TICKET_VIEWERS": "U01ALICE"}, NO_FILE)
    assert "U02BOB" not in settings.ticket_viewers


def test_a_service_that_is_called_metrics_turns_no_metrics_on() -> None:
    assert load(**HTTP, METRICS_PORT="tcp://10.0.0.11:9090") == load(**HTTP)
    assert load(**HTTP, METRICS_PORT="9464").metrics_port == 9464
    assert "METRICS_PORT must be a whole number" in errors(**HTTP, METRICS_PORT="http://10.0.0.11:9090")


@pytest.mark.parametrize("name", ["TICKET_BOT_PORT", "TICKET_VIEWERS_PORT"])
def test_what_kubernetes_does_not_set_is_a_mistake(name: str) -> None:
    assert f"{name} is not a setting" in errors(**HTTP, **{name: "3000"})


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"])
@pytest.mark.parametrize(
    "url",
    [
        "proxy.example.com:3128",
        "http://",
        "http://user:pa ss-w0rd@proxy",
        "http://user:pa@ss-w0rd@proxy",
        "http://user:pa/ss-w0rd@proxy",
        "http://user:ss-w0rd@proxy:99999",
        "http://proxy:0",
        "http://proxy:port",
        "socks5://user:ss-w0rd@proxy:1080",
        "//proxy",
        "http://[::1",
    ],
)
def test_a_proxy_that_cannot_be_read_is_named_without_its_password(name: str, url: str) -> None:
    message = errors(**HTTP, **{name: url})
    assert message.startswith(f"environment: {name} must be a URL like http://")
    assert "w0rd" not in message


@pytest.mark.parametrize(
    "url",
    [
        "http://proxy",
        "https://proxy.example.com/",
        "http://proxy:1",
        "http://proxy:65535",
        "http://10.0.0.1:3128",
        "http://[2001:db8::1]:3128",
        "http://user:pa%40ss@proxy.example.com:3128/",
    ],
)
def test_a_proxy_of_each_kind_is_taken(url: str) -> None:
    assert load(**HTTP, HTTPS_PROXY=url) == load(**HTTP)


@given(
    st.from_regex(
        r"https?://([a-z%40:]{0,9}@)?([A-Za-z0-9._-]{1,9}|\[[0-9a-f:.]{1,9}\])(:[0-9]{1,5})?/?", fullmatch=True
    )
)
def test_a_proxy_that_is_taken_can_be_read_by_both_libraries(url: str) -> None:
    try:
        Settings.load(HTTP | {"HTTPS_PROXY": url}, NO_FILE)
    except SettingsError:
        return
    assert yarl.URL(url).host
    assert re.match("https?", httpx.Proxy(url).url.scheme)


def test_who_types_under_sudo_is_the_person_and_without_sudo_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "dana")
    assert sudo_user() == "dana"
    monkeypatch.delenv("SUDO_USER")
    assert sudo_user() == ""
