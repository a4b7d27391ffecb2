"""What Slack sends when somebody does something, but for what is made anew each time: a trigger and a response_url."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack_messages import BOT_ID, BOT_USER, Json, SlackMessage, clicked

TEAM = "T01SWEEP"
TEAM_DOMAIN = "sweeppea"
WORKSPACE_URL = f"https://{TEAM_DOMAIN}.slack.com/"


def command(user: str, name: str, text: str, channel: str) -> Json:
    return {
        "team_id": TEAM,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel,
        "user_id": user,
        "user_name": user.lower(),
        "command": name,
        "text": text,
    }


def click(user: str, posted: SlackMessage, button: Mapping[str, Any], team: str) -> Json:
    """A click in an ephemeral message comes without the message."""
    body = _interaction("block_actions", user, posted, team) | {"actions": [clicked(button)]}
    body["container"]["is_ephemeral"] = posted.is_ephemeral
    if posted.thread_ts:
        body["container"]["thread_ts"] = posted.thread_ts
    if not posted.is_ephemeral:
        body["message"] = own_message(posted)
    return body


def shortcut(user: str, callback_id: str, posted: SlackMessage) -> Json:
    """On a message of somebody's."""
    message = {"type": "message", "ts": posted.ts, **posted.payload}
    return _interaction("message_action", user, posted, TEAM) | {"callback_id": callback_id, "message": message}


def view_click(user: str, view: Json, button: Mapping[str, Any]) -> Json:
    """In a window, which has no response_url."""
    body: Json = {"type": "block_actions", "user": {"id": user, "team_id": TEAM}, "team": {"id": TEAM}}
    return body | {"container": {"type": "view"}, "view": view, "actions": [clicked(button)]}


def own_message(posted: SlackMessage) -> Json:
    """One of the bot's, as Slack gives it back."""
    return {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "ts": posted.ts, **posted.payload}


def _interaction(kind: str, user: str, posted: SlackMessage, team: str) -> Json:
    return {
        "type": kind,
        "user": {"id": user, "username": user.lower(), "team_id": team},
        "team": {"id": TEAM, "domain": TEAM_DOMAIN},
        "channel": {"id": posted.channel_id},
        "container": {"type": "message", "message_ts": posted.ts, "channel_id": posted.channel_id},
    }
