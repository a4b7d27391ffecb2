"""The settings themselves, and how they are loaded."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, unquote_plus, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from bot.policy import People, Policy
from bot.settings.complaints import emptied, problem_of
from bot.settings.env_file import EnvFile, read_env_file
from bot.settings.environment import read_environment
from bot.settings.fields import (
    AccessList,
    BaseUrl,
    Channel,
    Channels,
    Contact,
    DatabaseUrl,
    EncryptionKeys,
    Switch,
)
from bot.settings.files import read_files, with_files
from bot.settings.problems import SettingsError
from bot.settings.tokens import looks_like

ENV_FILE = Path(".env")


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, validate_default=True)

    slack_bot_token: SecretStr = Field(description="bot token, xoxb-…")
    slack_app_token: SecretStr | None = Field(None, description="app-level token, xapp-…: Socket Mode")
    slack_signing_secret: SecretStr | None = Field(None, description="needed for HTTP, without SLACK_APP_TOKEN")
    slack_api_url: BaseUrl = Field("https://slack.com/api", description="base URL of the Web API, for an emulator")

    sweeppea_api_key: SecretStr = Field(description="the ticket API's key")
    sweeppea_base_url: BaseUrl = Field("https://api-v3.sweeppea.com", description="the ticket API")

    sweeppea_concurrency: int = Field(1, ge=1, le=100, description="requests that one endpoint serves at a time")
    sweeppea_deadline_s: float = Field(20, ge=1, le=120, description="seconds that one command or click may take")

    host: str = Field("0.0.0.0", description="address to listen on")  # noqa: S104 - Slack comes from outside
    port: int | None = Field(None, ge=0, le=65535, description="port to listen on: 3000 unless set")

    metrics_host: str = Field("127.0.0.1", description="address to serve metrics on")
    metrics_port: int | None = Field(None, ge=0, le=65535, description="port to serve metrics on: none unless set")

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
    audit_channel: Channel = Field(None, description="channel id, where each step of a deletion is posted")

    database_url: DatabaseUrl = Field(
        SecretStr("sqlite:///ticket-bot.db"), description="sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/DATABASE"
    )
    encryption_keys: EncryptionKeys | None = Field(None, description="comma-separated; the first one encrypts")
    receipt_days: int = Field(7, ge=1, le=365, description="days that a receipt which can't be sent is kept")
    retention_days: int = Field(365, ge=1, le=3650, description="days that audit and ended changes are kept")

    bot_contact: Contact = Field("", description="who to ask: a user's id, a user group's id, or a text")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="of our own loggers")
    log_format: Literal["text", "json"] = Field("text", description="of the log's lines")

    _file: EnvFile = PrivateAttr(default_factory=EnvFile)

    def model_post_init(self, context: object) -> None:
        """`load` gives the file that it read as the context."""
        if isinstance(context, EnvFile):
            self._file = context

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _has_its_prefix(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        prefixes = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}
        prefix, token = prefixes[str(info.field_name)], value.get_secret_value() if value else None
        if token is not None and not re.fullmatch(rf"{prefix}\S+", token):
            remark = "" if token.startswith(prefix) else looks_like(token)
            hint = f" (this one {remark})" if remark else ""
            raise ValueError(f"must be a token that begins with {prefix}{hint}")
        return value

    @field_validator("slack_signing_secret")
    @classmethod
    def _is_there_for_http(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # a Socket Mode token that is wrong is reported itself, and says nothing about HTTP
        if value is None and info.data.get("slack_app_token", ...) is None:
            raise ValueError("is missing, and so is SLACK_APP_TOKEN: Socket Mode needs that one, HTTP this one")
        return value

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret", "sweeppea_api_key")
    @classmethod
    def _fits_into_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("has a space, a line break or a letter that no token has")
        return value

    @field_validator("slack_signing_secret", "sweeppea_api_key")
    @classmethod
    def _is_no_token_of_slacks(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value() if value else ""
        if text.startswith("x") and (remark := looks_like(text)):  # 32 hexadecimal digits may be any key
            raise ValueError(f"is something else: this one {remark}")
        return value

    @field_validator("delete_second_person")
    @classmethod
    def _has_somebody_to_ask(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's call
        if value and info.data.get("delete_prompt_visibility") == "private":
            raise ValueError("needs DELETE_PROMPT_VISIBILITY=channel: nobody else would see the question")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _are_there_for_postgresql(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        url = info.data.get("database_url")
        if value is None and url and not url.get_secret_value().startswith("sqlite"):
            raise ValueError("is missing: PostgreSQL needs it (`python app.py new-key` prints a key)")
        return value

    @field_validator("retention_days")
    @classmethod
    def _outlasts_a_receipt(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("receipt_days", 0):
            raise ValueError("must be at least RECEIPT_DAYS: a receipt goes with its change")
        return value

    @field_validator(
        "log_level", "log_format", "ticket_visibility", "ticket_contact", "delete_prompt_visibility", mode="before"
    )
    @classmethod
    def _in_any_case(cls, value: object, info: ValidationInfo) -> object:
        text = str(value).strip()
        return text.upper() if info.field_name == "log_level" else text.lower()

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ, env_file: Path = ENV_FILE) -> Self:
        """Raises SettingsError with all that is wrong."""
        file = read_env_file(env_file, with_files(NAMES))
        values, problems = read_environment(environ, with_files(NAMES))
        problems += [*file.problems, *emptied(values, file.values)]
        values, unread = read_files({**file.values, **values})
        problems += unread
        try:
            settings = cls.model_validate(
                {name.lower(): v.text for name, v in values.items() if not v.is_blank}, context=file
            )
        except ValidationError as error:
            # what stands in a line that can't be read is not missing
            reported = {(problem.name, source) for problem in problems for source in (problem.source, None)}
            reported |= {(problem.name.removesuffix("_FILE"), None) for problem in unread}
            found = (
                problem_of(details, values, cls.model_fields)
                for details in error.errors(include_url=False, include_input=False)
            )
            problems += (problem for problem in found if (problem.name, problem.source) not in reported)
        if problems:
            raise SettingsError(problems)
        return settings

    @property
    def env_file(self) -> Path | None:
        """The file that was read; None where there was none."""
        return self._file.path

    @property
    def origin(self) -> str:
        """Where the settings were read from, in words."""
        file = f"and {self.env_file.absolute()}" if self.env_file else f"alone (there is no {ENV_FILE.absolute()})"
        return f"the environment {file}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the operator should look at, and what does not stop the start; sentences."""
        viewers, deleters = self.ticket_viewers, self.ticket_deleters
        outside = sorted(user_id for user_id in deleters.ids if user_id not in viewers)
        warning = f"TICKET_DELETERS names {', '.join(outside)}, who may not delete: TICKET_VIEWERS does not name them"
        return (*self._file.warnings, *([warning] if outside else []))

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
        keys = self.encryption_keys.get_secret_value().split(",") if self.encryption_keys else []
        return (
            *(value.get_secret_value() for value in values if value),
            *(key.strip() for key in keys),
            *_passwords(self.database_url.get_secret_value()),
        )


def _passwords(url: str) -> Iterator[str]:
    """As each is written and as it is meant, in every place that PostgreSQL takes one from."""
    parts = urlsplit(url)
    written = [parts.password or "", *(part.partition("=")[2] for part in parts.query.split("&") if _is_secret(part))]
    yield from {password for part in written if part for password in (part, unquote(part), unquote_plus(part))}


def _is_secret(option: str) -> bool:
    """`sslpassword` opens the file with the client's key."""
    return unquote(option.partition("=")[0]) in {"password", "sslpassword"}


NAMES = tuple(name.upper() for name in Settings.model_fields)
