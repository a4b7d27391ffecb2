"""The settings, the files that they come from, and the port."""

from collections.abc import AsyncIterator

from bot.settings import ENV_FILE, Settings, SettingsError
from commands.check.result import Result, Subject
from handlers.serve import DEFAULT_PORT
from handlers.slack.port import try_port

NAME = "settings"
_REST_S = 0.5


def mistakes(error: SettingsError) -> list[Result]:
    """Each of them as the start prints it."""
    file = f"{ENV_FILE.absolute()}{'' if ENV_FILE.exists() else ', which is not there'}"
    hint = f"fix this in the environment or in {file}"
    wrong = [Result(NAME, ok=False, text=words, hint=hint) for words in error.errors]
    return [*wrong, Result("the rest", ok=None, text="not tried: the settings come first")]


def subject(settings: Settings, limit_s: float) -> Subject:
    port = _port(settings)

    async def run() -> AsyncIterator[Result]:
        yield Result(NAME, ok=True, text=f"from {settings.origin}")
        for warning in settings.warnings:
            yield Result(NAME, ok=True, text="can be used, with a warning", hint=warning)
        if port is not None:
            yield await _try_port(settings.host, port, limit_s)

    return Subject((NAME, *(["PORT"] if port is not None else [])), run, limit_s + _REST_S)


def _port(settings: Settings) -> int | None:
    """None where nothing listens: over Socket Mode it takes a setting."""
    if settings.port is None:
        return None if settings.slack_app_token else DEFAULT_PORT
    return settings.port


async def _try_port(host: str, port: int, limit_s: float) -> Result:
    found = await try_port(host, port, limit_s)
    if not found.reason:
        return Result("PORT", ok=True, text=f"{host}:{port} is free")
    if found.is_bots:
        return Result("PORT", ok=True, text=f"a bot answers at {host}:{port}")
    hint = "stop what listens there, or set HOST and PORT to something else"
    return Result("PORT", ok=False, text=f"can't listen on {host}:{port}: {found.reason}", hint=hint)
