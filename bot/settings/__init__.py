"""Every setting: its name in upper case is the environment variable, or the line in `.env`; the environment wins.

    settings     every setting: name, type, unit, default; loading them
    fields       what a value has to look like
    env_file     `.env`, line by line
    files        settings that stand in files of their own, NAME_FILE
    tokens       what a secret looks like that stands in the wrong place
    environment  the environment: settings, proxies, and what is neither
    sudo         who types a command, where sudo made them somebody else
    problems     what is wrong, and where it stands; complaints: the words for it

Whatever can't be taken exactly as it was written is an error, so that no access rule is ever dropped in silence. All
errors are reported at once, with the file and the line, and never with a secret's value.
"""

from bot.settings.problems import SettingsError
from bot.settings.settings import ENV_FILE, NAMES, Settings

__all__ = ["ENV_FILE", "NAMES", "Settings", "SettingsError"]
