"""What a value looks like that stands in the wrong place: Slack's secrets are told apart by their first letters."""

import re

_SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
_KINDS = {
    "xoxb-": "is a bot token: it belongs in SLACK_BOT_TOKEN",
    "xapp-": "is an app-level token: it belongs in SLACK_APP_TOKEN",
    "xoxp-": "is a user's token: take the bot token, Install App, Bot User OAuth Token",
    "xoxe.": "comes of token rotation, which an app from manifest.yml does not use: make the app anew from it",
    "xoxe-": "comes of token rotation, which an app from manifest.yml does not use: make the app anew from it",
}


def looks_like(value: str) -> str:
    """A remark that goes on from "this one"; empty where nothing can be told."""
    if _SIGNING_SECRET.fullmatch(value):
        return "looks like a signing secret: it belongs in SLACK_SIGNING_SECRET"
    return next((words for prefix, words in _KINDS.items() if value.startswith(prefix)), "")
