"""Who a person can ask: whoever BOT_CONTACT names."""

import re

from bot.blockkit import text
from bot.blockkit.blocks import user

UNNAMED = "the person who runs this bot"
_LENGTH = 200
# A digit is asked for: SUPPORT and WINNERS are words.
_USER = re.compile(r"(?=.*\d)[UW][A-Z0-9]{2,30}")
_GROUP = re.compile(r"(?=.*\d)S[A-Z0-9]{2,30}")


def who_to_ask(contact: str, *, private: bool) -> str:
    """As mrkdwn that fits behind "Ask" and "Tell": a user's or a group's id as a mention, any other text as it is.

    A group is mentioned in private messages alone: in a channel it would notify everybody in it.
    """
    if _USER.fullmatch(contact):
        return user(contact)
    if _GROUP.fullmatch(contact):
        return f"<!subteam^{contact}>" if private else UNNAMED
    return text.mrkdwn(contact, _LENGTH) or UNNAMED
