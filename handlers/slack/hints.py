"""What to do about an error code of Slack's: for whoever runs the bot."""

from collections.abc import Mapping

_FOUND_IN = {
    "SLACK_BOT_TOKEN": "Install App; install the app first if the workspace does not have it any more",
    "SLACK_APP_TOKEN": "Basic Information, App-Level Tokens",
}
_WRONG_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
_REFUSED = "Slack refuses SLACK_BOT_TOKEN: see `python app.py check`"
"""Of a message, whichever setting says where it goes."""
_KINDS = {
    "SLACK_BOT_TOKEN": "it must be the bot token, xoxb-…; the app-level one, xapp-…, belongs in SLACK_APP_TOKEN",
    "SLACK_APP_TOKEN": "it must be an app-level token, xapp-…; the bot token, xoxb-…, belongs in SLACK_BOT_TOKEN",
}
_CHANNEL = {
    "not_in_channel": "invite the bot into that channel: @ and its name there",
    "channel_not_found": "the id is wrong, or the channel is private: then invite the bot there",
    "is_archived": "the channel is archived: name another one",
    "restricted_action": "an admin restricts who may post there: name another channel, or ask an admin",
}
_HINTS = {
    "messages_tab_disabled": "people can't be told directly: switch the messages tab on, under App Home",
    "org_login_required": "the workspace is being moved into an organization: try again when that is done",
    "team_access_not_granted": "an admin of the organization has to let the app into this workspace",
    "access_denied": "an admin of the workspace has to approve the app",
    "forbidden_team": "this workspace may not use Socket Mode: ask Slack, or use HTTP",
    "ekm_access_denied": "an admin has suspended the access to this workspace's messages",
    "two_factor_setup_required": "whoever installed the app has to set up two-factor authentication",
    "missing_scope": "the app lacks a scope: compare it with manifest.yml, then install the app again",
}


def hint(code: str, setting: str = "", answer: Mapping[str, object] | None = None) -> str:
    """In brackets, with a space before them; empty for a code that says all. `answer` may name the scope."""
    words = advice(code, setting, answer or {})
    return f" ({words})" if words else ""


def advice(code: str, setting: str, answer: Mapping[str, object]) -> str:
    """The same without brackets."""
    if code in _WRONG_TOKEN:
        return f"copy it again from {_FOUND_IN[setting]}" if setting in _FOUND_IN else _REFUSED
    if code == "not_allowed_token_type" and setting in _KINDS:
        return _KINDS[setting]
    if code == "missing_scope" and setting == "SLACK_APP_TOKEN":
        return "it needs the scope connections:write: make another one"
    if code == "missing_scope" and (needed := answer.get("needed")):
        return f"it needs the scope {needed}: add it under OAuth & Permissions, then install the app again"
    if code in _CHANNEL and setting:
        return _CHANNEL[code]
    return _HINTS.get(code, "")
