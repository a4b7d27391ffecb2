"""The values that a label may have. Whatever is none of them is "other", so that no stranger's text becomes a label.

Source of Slack's codes: the reference pages of chat.postMessage, chat.update, views.open and views.update.
"""

from collections.abc import Collection
from typing import get_args

from bot.audit import Event

OTHER = "other"
BUG = "bug"
OUTCOMES = frozenset(
    {
        *get_args(Event),
        "answered",
        "closed by the person",
        "delivered twice",
        "failed",
        "handed over",
        "interrupted",
        "not answered",
        "not found",
        "refused",
        "turned away",
        BUG,
    }
)
_BUG_IN_THE_LOG = "failed: a bug"
_STATUSES = {"200", "400", "401", "403", "404", "429", "500", "502", "503", "504", "invalid", "not_sent", "no_answer"}
_CLASSES = {"1": "1xx", "2": "2xx", "3": "3xx", "4": "4xx", "5": "5xx"}
_STATUS_LENGTH = 3
METHODS = frozenset({"chat.postMessage", "chat.update", "response_url", "views.open", "views.update"})
_NO_CODES_OF_SLACKS = ("unreachable", "no_answer", "http_4xx", "http_404", "http_410", "http_429", "http_5xx")
CODES = frozenset(
    {
        *_NO_CODES_OF_SLACKS,
        "access_denied",
        "account_inactive",
        "as_user_not_supported",
        "cannot_dm_bot",
        "cant_update_message",
        "channel_is_archived",
        "channel_not_found",
        "duplicate_external_id",
        "edit_window_closed",
        "ekm_access_denied",
        "exchanged_trigger_id",
        "expired_trigger_id",
        "fatal_error",
        "hash_conflict",
        "internal_error",
        "invalid_arguments",
        "invalid_auth",
        "invalid_blocks",
        "invalid_trigger_id",
        "is_archived",
        "is_inactive",
        "message_not_found",
        "messages_tab_disabled",
        "missing_scope",
        "msg_too_long",
        "no_text",
        "not_authed",
        "not_found",
        "not_in_channel",
        "org_login_required",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "restricted_action",
        "service_unavailable",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "too_many_attachments",
        "user_not_found",
        "view_too_large",
    }
)


def route_label(route: str, routes: Collection[str]) -> str:
    """A button of several kinds has its kind at the end of its name."""
    if route in routes:
        return route
    stem = route.rpartition("_")[0]
    return stem if stem in routes else OTHER


def outcome_label(outcome: str) -> str:
    """Without the reason, which stands behind a colon in the log."""
    if outcome.startswith(_BUG_IN_THE_LOG):
        return BUG
    return _known(outcome.partition(":")[0].partition(";")[0], OUTCOMES)


def status_label(status: str) -> str:
    if status in _STATUSES:
        return status
    return _CLASSES.get(status[:1], OTHER) if status.isdecimal() and len(status) == _STATUS_LENGTH else OTHER


def code_label(code: str) -> str:
    kind = f"{code[:-2]}xx" if code.startswith("http_") and code not in CODES else code
    return _known(kind, CODES)


def method_label(method: str) -> str:
    return _known(method, METHODS)


def _known(value: str, values: Collection[str]) -> str:
    return value if value in values else OTHER
