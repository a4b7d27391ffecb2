"""Every setting: its name in upper case is the environment variable, or the line in `.env`; the environment wins.

All mistakes are reported at once, by name, and never with a secret's value.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo
from pydantic import field_validator as check
from pydantic_core import ErrorDetails

from bot.policy import People, Policy

_USER_ID = re.compile(r"[UW][A-Z0-9]{2,30}")
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,30}")
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|\[?::1\]?")
# Whoever misspells one of these must hear of it: left alone, the default would hold, and `*` is the default of one.
_OUR_PREFIXES = ("TICKET_", "SWEEPPEA_", "DELETE_", "AUDIT_")


class SettingsError(Exception):
    """`mistakes` are sentences, one a setting."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


def _ids(value: object, form: re.Pattern[str], what: str) -> frozenset[str]:
    ids = [item.strip() for item in str(value).split(",") if item.strip()]
    for item in ids:
        if not form.fullmatch(item):
            raise ValueError(f"{item[:8]!r} is not {what}")  # not more of it: it may be a token in the wrong line
    if not ids and str(value).strip():
        raise ValueError("names nobody and nothing")
    return frozenset(ids)


def _people(value: object) -> object:
    if isinstance(value, People):
        return value
    if str(value).strip() == "*":
        return People(everybody=True)
    return People(_ids(value, _USER_ID, "a Slack user id (U… or W…: profile, ⋮, Copy member ID)"))


def _channels(value: object) -> object:
    return value if isinstance(value, frozenset) else _ids(value, _CHANNEL_ID, "a Slack channel id (C… or G…)")


def _channel(value: object) -> object:
    if value is not None and not _CHANNEL_ID.fullmatch(str(value).strip()):
        raise ValueError(f"{str(value)[:8]!r} is not a Slack channel id (C… or G…)")
    return str(value).strip() if value is not None else None


def _on_or_off(value: object) -> object:
    words = {"on": True, "off": False}
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() not in words:
        raise ValueError("must be on or off")
    return words[str(value).strip().lower()]


def _base_url(value: object) -> str:
    url = str(value).strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[A-Za-z0-9.:_-]+", parts.hostname or ""):
        raise ValueError("must be a URL that begins with https://")
    if parts.port == 0:  # a port that is none at all raises a ValueError by itself
        raise ValueError("must have a port above 0, if any")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be a plain base URL, with no user, query or fragment")
    return url


AccessList = Annotated[People, BeforeValidator(_people)]
Channels = Annotated[frozenset[str], BeforeValidator(_channels)]
Channel = Annotated[str | None, BeforeValidator(_channel)]
Switch = Annotated[bool, BeforeValidator(_on_or_off)]
BaseUrl = Annotated[str, BeforeValidator(_base_url)]


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, validate_default=True)

    slack_bot_token: SecretStr = Field(description="bot token, xoxb-…")
    slack_app_token: SecretStr | None = Field(None, description="app-level token, xapp-…: Socket Mode")
    slack_signing_secret: SecretStr | None = Field(None, description="needed for HTTP, without SLACK_APP_TOKEN")
    slack_api_url: BaseUrl = Field("https://slack.com/api", description="base URL of the Web API, for an emulator")

    sweeppea_api_key: SecretStr = Field(description="the ticket API's key")
    sweeppea_base_url: BaseUrl = Field("https://api-v3.sweeppea.com", description="the ticket API")

    sweeppea_concurrency: int = Field(1, ge=1, le=100, description="requests that one endpoint serves at a time")
    sweeppea_deadline_s: float = Field(20, ge=1, le=120, description="seconds that one command or press may take")

    host: str = Field("0.0.0.0", description="address to listen on")  # noqa: S104 - Slack comes from outside
    port: int | None = Field(None, ge=0, le=65535, description="port to listen on: 3000 unless set")

    ticket_viewers: AccessList = Field(People(everybody=True), description="who may look: *, or user ids")
    ticket_deleters: AccessList = Field(People(), description="who may delete: *, or user ids; nobody unless set")
    ticket_visibility: Literal["private", "channel"] = Field("private", description="who sees the card")

    ticket_contact: Literal["name", "full", "none"] = Field(
        "name", description="what is shown of a person: the name, e-mail and mobile number too, nothing"
    )
    ticket_channels: Channels = Field(frozenset(), description="channel ids, if the commands are to work only there")
    ticket_resolve: Switch = Field(default=True, description="offer to resolve a ticket instead of deleting it")
    delete_prompt_ttl_s: int = Field(300, ge=10, le=86_400, description="seconds that a question holds")
    delete_prompt_visibility: Literal["channel", "private"] = Field(
        "channel", description="who sees the question and the record"
    )
    delete_second_person: Switch = Field(default=False, description="somebody else than the asker has to confirm")
    delete_receipt: Switch = Field(default=True, description="send the deleted ticket's text to who deleted it")
    audit_channel: Channel = Field(None, description="channel id, where each step of a deletion is told")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="of our own loggers")

    @check("slack_bot_token", "slack_app_token")
    @classmethod
    def _has_its_prefix(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        prefix = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}[str(info.field_name)]
        if value is not None and not re.fullmatch(rf"{prefix}\S+", value.get_secret_value()):
            raise ValueError(f"must begin with {prefix} and go on")
        return value

    @check("slack_signing_secret")
    @classmethod
    def _is_there_for_http(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # a Socket Mode token that is wrong is reported itself, and says nothing about HTTP
        if value is None and info.data.get("slack_app_token", ...) is None:
            raise ValueError("is missing: set it for HTTP, or SLACK_APP_TOKEN for Socket Mode")
        return value

    @check("slack_bot_token", "slack_app_token", "slack_signing_secret", "sweeppea_api_key")
    @classmethod
    def _fits_into_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("has a space, a line break or a letter that no token has")
        return value

    @check("sweeppea_base_url")
    @classmethod
    def _keeps_the_key_secret(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "http" and not _LOOPBACK.fullmatch(parts.hostname or ""):
            raise ValueError("must begin with https:// (plain http is accepted for loopback only)")
        return value

    @check("delete_second_person")
    @classmethod
    def _has_somebody_to_ask(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's call
        if value and info.data.get("delete_prompt_visibility") == "private":
            raise ValueError("needs DELETE_PROMPT_VISIBILITY=channel: nobody else would see the question")
        return value

    @check("log_level", "ticket_visibility", "ticket_contact", "delete_prompt_visibility", mode="before")
    @classmethod
    def _in_any_case(cls, value: object, info: ValidationInfo) -> object:
        text = str(value).strip()
        return text.upper() if info.field_name == "log_level" else text.lower()

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ, env_file: Path = Path(".env")) -> Self:
        """Raises SettingsError with all that is wrong."""
        try:
            lines = dotenv_values(env_file) if env_file.is_file() else {}
        except (OSError, UnicodeError):
            raise SettingsError([f"{env_file} can't be read: it has to be a text file in UTF-8"]) from None
        given = {name.upper(): value or "" for name, value in lines.items()} | dict(environ)
        ours = {name.upper() for name in lines} | {name for name in given if name.startswith(_OUR_PREFIXES)}
        mistakes = [_unknown(name) for name in sorted(ours) if not _known(name)]
        if not given.get("TICKET_VIEWERS", "*").strip():
            mistakes.append("TICKET_VIEWERS is empty: write * for everybody, or user ids")
        try:
            settings = cls.model_validate({name.lower(): given[name] for name in NAMES if given.get(name, "").strip()})
        except ValidationError as error:
            mistakes += map(_mistake, error.errors(include_url=False, include_input=False))
            raise SettingsError(mistakes) from None
        if mistakes:
            raise SettingsError(mistakes)
        return settings

    def policy(self, team_id: str) -> Policy:
        return Policy(
            team_id=team_id,
            viewers=self.ticket_viewers,
            deleters=self.ticket_deleters,
            channels=self.ticket_channels,
            second_person=self.delete_second_person,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that no log may hold."""
        values = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret, self.sweeppea_api_key)
        return tuple(value.get_secret_value() for value in values if value)


NAMES = tuple(name.upper() for name in Settings.model_fields)


_BOUNDS = {"greater_than_equal": "must be at least", "less_than_equal": "must be at most"}


def _known(name: str) -> bool:
    return name in NAMES


def _unknown(name: str) -> str:
    import difflib  # noqa: PLC0415 - for who mistyped something alone

    meant = difflib.get_close_matches(name, NAMES, n=1)
    return f"{name} is not a setting" + (f": do you mean {meant[0]}?" if meant else "")


def _mistake(error: ErrorDetails) -> str:
    """A sentence. The type of a mistake decides; pydantic's own words are for programmers."""
    field = str(error["loc"][0])
    name = field.upper()
    if bounds := _BOUNDS.get(error["type"]):
        return f"{name} {bounds} {next(iter(error['ctx'].values()))}"
    if error["type"].startswith(("int_", "float_")):
        return f"{name} must be a number"
    if error["type"] == "missing":
        return f"{name} is missing ({Settings.model_fields[field].description})"
    if error["type"] == "literal_error":
        return f"{name} must be {error['ctx']['expected']}"
    return f"{name} {error['msg'].removeprefix('Value error, ')}"
