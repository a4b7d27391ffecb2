"""A command whose output nobody reads, or that can't be written: an exit code that is true, and no traceback."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest

from commands.command import printing
from tests.commands.operators import KEY, REQUIRED, click, deleted, ledger, typed
from tests.support.process import ROOT, started

ID = "0123456789ab"
FULL = "Standard output can't be written to: No space left on device.\n"


@contextmanager
def nobody_reads() -> Iterator[int]:
    """A pipe whose reader has gone, as after `| grep -q`; inside, standard output is that."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stdout, redirect_stdout(stdout):
        yield write


@pytest.mark.parametrize("code", [0, 1, 2])
def test_what_came_of_it_is_told_by_the_exit_code_though_nobody_reads_the_words(code: int) -> None:
    def work() -> int:
        print("the words")  # noqa: T201 - as a command does
        return code

    with nobody_reads():
        assert printing(work) == code


def test_whoever_has_read_enough_of_a_list_is_no_failure() -> None:
    def work() -> int:
        while True:
            print("a line", flush=True)  # noqa: T201 - as a command does

    with nobody_reads():
        assert printing(work) == 0


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
async def test_a_check_that_nobody_reads_says_by_its_exit_code_what_is_to_be_mended(
    tmp_path: Path, arguments: list[str], unbuffered: str
) -> None:
    with nobody_reads() as pipe:
        command = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            *arguments,
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": unbuffered},
            stdout=pipe,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await command.communicate()
    assert (command.returncode, err) == (2, b"")


@pytest.mark.parametrize("arguments", [["audit"], ["audit", "--json"], ["changes"], ["receipt", ID]])
async def test_an_output_that_is_full_is_said_in_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with ledger(url) as book:
        await deleted(book, click(ID))
        ended = await typed(tmp_path, url, *arguments, redirect="> /dev/full")
    assert (ended.code, ended.err) == (1, FULL)


@pytest.mark.parametrize("arguments", [["audit"], ["check"], ["check", "--json"], ["new-key"]])
async def test_an_output_that_is_closed_is_no_bug(tmp_path: Path, arguments: list[str]) -> None:
    nowhere = {"SLACK_API_URL": "http://127.0.0.1:1", "SWEEPPEA_BASE_URL": "http://127.0.0.1:1"}
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    async with ledger(url) as book:
        await deleted(book, click(ID))
        ended = await typed(tmp_path, url, *arguments, redirect=">&-", **nowhere)
    assert (ended.code, ended.err) == (2 if "check" in arguments else 0, "")


@pytest.mark.parametrize("arguments", [["check"], ["changes"], ["rotate"]])
@pytest.mark.parametrize("redirect", ["", ">&-"])
async def test_a_command_that_is_stopped_says_so_without_a_traceback(
    tmp_path: Path, arguments: list[str], redirect: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0)
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        where = {"DATABASE_URL": f"postgresql://bot@{address}/bot", "ENCRYPTION_KEYS": KEY}
        if arguments == ["check"]:
            where = {"SLACK_API_URL": f"http://{address}", "SWEEPPEA_BASE_URL": "http://127.0.0.1:1"}
        async with started(*arguments, cwd=tmp_path, redirect=redirect, **REQUIRED, **where) as command:
            connection, _ = await asyncio.get_running_loop().sock_accept(silent)
            with connection:
                command.process.send_signal(signal.SIGINT)
                ended = await command.ends()
    assert (ended.code, ended.out, ended.err) == (1, "", "Stopped before the end.\n")


@pytest.mark.parametrize(
    ("redirect", "code", "err"), [("> /dev/full", 1, FULL), ("| true", 0, "")], ids=["full", "nobody reads"]
)
async def test_a_key_that_cannot_be_printed_is_no_bug(tmp_path: Path, redirect: str, code: int, err: str) -> None:
    ended = await typed(tmp_path, "sqlite:///none.db", "new-key", redirect=redirect)
    assert (ended.code, ended.err) == (code, err)


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "--help"], ["erase-person", "--help"]])
async def test_a_terminal_that_lacks_a_character_gets_the_help(tmp_path: Path, arguments: list[str]) -> None:
    ended = await typed(tmp_path, "sqlite:///none.db", *arguments, PYTHONIOENCODING="ascii")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("usage: app.py")
