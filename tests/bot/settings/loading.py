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
