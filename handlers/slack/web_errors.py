"""An error of Slack's Web API: in words for the log, with what to do about it, and as a label for counting."""

from collections.abc import Mapping
from http import HTTPStatus

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import logs
from handlers.slack.hints import hint
from handlers.slack.limited import TooLargeError

FAILURES = (SlackClientError, aiohttp.ClientError, TimeoutError, AttributeError)
"""What a call of the Web API raises; the last one where the answer is not even an object."""


def error_in(error: SlackApiError) -> str:
    """Slack's own word for it; empty where the answer is not Slack's."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def status_of(error: SlackApiError) -> int:
    """0 where there is none."""
    return getattr(error.response, "status_code", None) or 0


def headers_of(error: SlackApiError) -> Mapping[str, str]:
    headers = getattr(error.response, "headers", None)
    return headers if isinstance(headers, Mapping) else {}


def reason_of(error: Exception) -> str:
    """In Slack's own word where there is one; never the error's text, which quotes the request."""
    if isinstance(error, TooLargeError):
        return str(error)
    if not isinstance(error, SlackApiError):
        return logs.cause_of(error)
    status = status_of(error)
    return error_in(error) or (f"HTTP {status}" if status != HTTPStatus.OK else "no answer of Slack's")


def code_of(error: Exception) -> str:
    """For counting: Slack's own word, or `http_404` and the like, or how there was no answer."""
    if isinstance(error, SlackApiError):
        return error_in(error) or f"http_{status_of(error)}"
    return "unreachable" if isinstance(error, aiohttp.ClientConnectorError) else "no_answer"


def explained(error: Exception, setting: str = "") -> str:
    """The reason, with what to do about it; `setting` is the one that Slack was asked about."""
    data = getattr(error.response, "data", None) if isinstance(error, SlackApiError) else None
    return reason_of(error) + hint(reason_of(error), setting, data if isinstance(data, dict) else None)
