"""`.env` as a file: what it may be, and who may read it."""

import os
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError
from tests.bot.settings.loading import HTTP, errors_in_file, load_file


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"\xff\xfeP\x00", 1), (b"PORT=1\n# caf\xe9\n", 2), (b"\n\xff", 2), ("PORT=1\n".encode("utf-16"), 1)],
)
def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    assert errors_in_file(tmp_path, content) == [f".env, line {line}: this line is not UTF-8: save the file as UTF-8"]


def test_no_file_is_fine(tmp_path: Path) -> None:
    settings = Settings.load(HTTP, tmp_path / ".env")
    assert (settings.env_file, settings.warnings) == (None, ())


def test_which_file_was_read_is_known(tmp_path: Path) -> None:
    assert load_file(tmp_path, "").env_file == tmp_path / ".env"


def test_a_folder_a_dangling_link_and_a_loop_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for name, message in {
        "folder": "is a folder, not a file",
        "link": "is a link to nowhere, and there is no such file",
        "loop": "can't be read: Too many levels of symbolic links",
    }.items():
        with pytest.raises(SettingsError, match=message):
            Settings.load(HTTP, tmp_path / name)


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    load_file(tmp_path, "PORT=1234")
    (tmp_path / "link").symlink_to(".env")
    assert Settings.load(HTTP, tmp_path / "link").port == 1234


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for everybody but root, who may run the tests."""

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert errors_in_file(tmp_path, "") == [f".env may not be read by the user that runs the bot (uid {os.geteuid()})"]


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True), (0o602, True)])
def test_a_file_that_others_may_read_is_warned_of(tmp_path: Path, mode: int, warned: bool) -> None:  # noqa: FBT001
    (tmp_path / ".env").touch()
    (tmp_path / ".env").chmod(mode)
    warnings = Settings.load(HTTP, tmp_path / ".env").warnings
    assert any("every user of this machine may open it: chmod 600" in warning for warning in warnings) == warned
