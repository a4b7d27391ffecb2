"""What the tests of the settings share."""

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError

NO_FILE = Path("there-is-none")
HTTP = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s1gning", "SWEEPPEA_API_KEY": "k3y"}
SOCKET = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SWEEPPEA_API_KEY": "k3y"}


def load(**environ: str) -> Settings:
    return Settings.load(environ, NO_FILE)


def errors(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(**environ)
    return "\n".join(caught.value.errors)


def load_file(tmp_path: Path, text: str | bytes, environ: dict[str, str] = HTTP) -> Settings:
    file = tmp_path / ".env"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)
    return Settings.load(environ, file)


def errors_in_file(tmp_path: Path, text: str | bytes, environ: dict[str, str] = HTTP) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_file(tmp_path, text, environ)
    return [error.removeprefix(f"{tmp_path}/") for error in caught.value.errors]
