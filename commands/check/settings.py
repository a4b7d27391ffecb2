"""The settings, the files that they come from, and the ports."""

from collections.abc import AsyncIterator, Iterator

from bot.settings import ENV_FILE, Settings, SettingsError
from commands.check.result import Result, Subject
from handlers.port import try_port
from handlers.scrape import PATH as METRICS
from handlers.serve import DEFAULT_PORT
from handlers.slack.transports import HEALTH

NAME = "settings"
_REST_S = 0.5


def setting_errors(error: SettingsError) -> list[Result]:
    """Each of them as the start prints it."""
    file = f"{ENV_FILE.absolute()}{'' if ENV_FILE.exists() else ', which is not there'}"
    hint = f"fix this in the environment or in {file}"
    wrong = [Result(NAME, ok=False, text=words, hint=hint) for words in error.errors]
    return [*wrong, Result("the rest", ok=None, text="not tried: the settings come first")]


def subject(settings: Settings, limit_s: float) -> Subject:
    ports = dict(_ports(settings))

    async def run() -> AsyncIterator[Result]:
        yield Result(NAME, ok=True, text=f"from {settings.origin}")
        for warning in settings.warnings:
            yield Result(NAME, ok=True, text="can be used, with a warning", hint=warning)
        for name, (host, port, path) in ports.items():
            yield await _try_port(name, host, port, path, limit_s)

    return Subject((NAME, *ports), run, len(ports) * limit_s + _REST_S)


def _ports(settings: Settings) -> Iterator[tuple[str, tuple[str, int, str]]]:
    """By the setting's name: host, port, and what a bot answers there. Only what the bot would listen on."""
    port = DEFAULT_PORT if settings.port is None and settings.slack_app_token is None else settings.port
    if port is not None:
        yield "PORT", (settings.host, port, HEALTH)
    if settings.metrics_port is not None:
        yield "METRICS_PORT", (settings.metrics_host, settings.metrics_port, METRICS)


async def _try_port(name: str, host: str, port: int, path: str, limit_s: float) -> Result:
    found = await try_port(host, port, limit_s, path)
    if not found.reason:
        return Result(name, ok=True, text=f"{host}:{port} is free")
    if found.is_bots:
        return Result(name, ok=True, text=f"a bot answers at {host}:{port}")
    hint = f"stop what listens there, or set {name.removesuffix('PORT')}HOST and {name} to something else"
    return Result(name, ok=False, text=f"can't listen on {host}:{port}: {found.reason}", hint=hint)
