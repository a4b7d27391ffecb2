"""Slack: both tokens, the bot token's scopes, the clock, and a message to AUDIT_CHANNEL."""

import asyncio
from collections.abc import AsyncIterator

from bot.runtime import Runtime
from bot.settings import Settings
from commands.check.result import Result, Subject
from commands.table import local
from handlers.slack.signature import MAX_AGE_S
from handlers.slack.startup import WORKSPACE_ID, why_no_workspace
from handlers.slack.trial import Trial, Trials
from handlers.slack.web import open_web

SCOPES = frozenset({"commands", "chat:write"})
"""The bot token's, as in manifest.yml."""
CLOCK_WARNING_S = 5.0
_CALLS = 4  # one after the other, at most: the token's, the message, and twice to take it back
_REST_S = 0.5
_NETWORK = "look at the network, and at HTTPS_PROXY and NO_PROXY"


def subject(settings: Settings, runtime: Runtime, call_s: float, team: "asyncio.Future[str]") -> Subject:
    """`team` gets the id of the workspace, for whoever waits for it; an empty one where Slack says none."""
    is_socket = settings.slack_app_token is not None
    how = "SLACK_APP_TOKEN" if is_socket else "SLACK_SIGNING_SECRET"
    names = ("SLACK_BOT_TOKEN", "scopes", how, "clock", "AUDIT_CHANNEL")

    async def run() -> AsyncIterator[Result]:
        async with open_web(settings.slack_api_url) as web:
            trials = Trials(web.client(settings.slack_bot_token.get_secret_value()), call_s, runtime.now)
            try:
                bot, app = await asyncio.gather(trials.bot_token(), _app_token(trials, settings))
                _tell(team, _team_id(bot))
            finally:
                _tell(team, "")
            yield _bot_token(bot, web.place)
            yield _scopes(bot)
            yield _other_secret(app, web.place)
            yield _clock(bot, app, is_socket=is_socket)
            yield await _audit_channel(settings.audit_channel, bot, trials, web.place)

    return Subject(names, run, _CALLS * call_s + _REST_S)


async def _app_token(trials: Trials, settings: Settings) -> Trial | None:
    token = settings.slack_app_token
    return await trials.app_token(token.get_secret_value()) if token else None


def _failed(name: str, trial: Trial, place: str) -> Result:
    if trial.is_limited:
        return Result(name, ok=None, text=f"could not be tried: {trial.refusal}", hint="try again in a minute")
    if not trial.is_answer:
        return Result(name, ok=False, text=f"{place}: {trial.refusal}", hint=_NETWORK)
    return Result(name, ok=False, text=f"Slack refuses it: {trial.refusal}", hint=trial.hint)


def _bot_token(trial: Trial, place: str) -> Result:
    name = "SLACK_BOT_TOKEN"
    if trial.refusal:
        return _failed(name, trial, place)
    if not (team := _team_id(trial)):
        why = why_no_workspace(str(trial.data.get("team_id") or ""))
        return Result(name, ok=False, text=why.removeprefix(f"{name}: "))
    return Result(name, ok=True, text=f"belongs to {trial.data.get('team')} ({team})")


def _team_id(trial: Trial) -> str:
    """Empty where there is no workspace."""
    team = "" if trial.refusal else str(trial.data.get("team_id") or "")
    return team if WORKSPACE_ID.fullmatch(team) else ""


def _tell(team: "asyncio.Future[str]", team_id: str) -> None:
    """Once; whoever waited for it may have been given up."""
    if not team.done():
        team.set_result(team_id)


def _scopes(trial: Trial) -> Result:
    if trial.refusal:
        return Result("scopes", ok=None, text="not tried: SLACK_BOT_TOKEN comes first")
    if trial.scopes is None:
        return Result("scopes", ok=None, text="could not be tried: Slack's answer names none")
    if missing := SCOPES - trial.scopes:
        hint = "add that under OAuth & Permissions, as in manifest.yml, then install the app again"
        return Result("scopes", ok=False, text=f"the bot token lacks {_listed(missing)}", hint=hint)
    if extra := trial.scopes - SCOPES:
        hint = "take that out under OAuth & Permissions, then install the app again: a stolen token could do less"
        return Result("scopes", ok=True, text=f"{_listed(extra)} is more than the bot uses", hint=hint)
    return Result("scopes", ok=True, text=f"{_listed(trial.scopes)}, as in manifest.yml")


def _other_secret(trial: Trial | None, place: str) -> Result:
    if trial is None:
        text = "can't be tried: only a request that Slack signed shows whether it is right"
        return Result("SLACK_SIGNING_SECRET", ok=None, text=text, hint="type /ticket help, and look at the log")
    if trial.refusal:
        return _failed("SLACK_APP_TOKEN", trial, place)
    return Result("SLACK_APP_TOKEN", ok=True, text="may open a connection; none was opened")


def _clock(bot: Trial, app: Trial | None, *, is_socket: bool) -> Result:
    ahead_s = bot.ahead_s if bot.ahead_s is not None or app is None else app.ahead_s
    if ahead_s is None:
        return Result("clock", ok=None, text="not tried: Slack's time is not known")
    off = f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} Slack's"
    if abs(ahead_s) < CLOCK_WARNING_S:
        return Result("clock", ok=True, text=f"{abs(ahead_s):.1f} s off Slack's")
    refused = f"from {MAX_AGE_S} s on every request of Slack's is refused"
    effect = "messages and records have wrong times" if is_socket else refused
    hint = f"set this machine's clock (NTP): {effect}"
    return Result("clock", ok=abs(ahead_s) < MAX_AGE_S, text=off, hint=hint)


async def _audit_channel(channel: str | None, bot: Trial, trials: Trials, place: str) -> Result:
    name = "AUDIT_CHANNEL"
    if channel is None:
        return Result(name, ok=None, text="not set")
    if bot.refusal:
        return Result(name, ok=None, text="not tried: SLACK_BOT_TOKEN comes first")
    scheduled = await trials.schedule(channel)
    if scheduled.refusal:
        return _not_scheduled(name, channel, scheduled, place)
    when = local(float(scheduled.data["post_at"]))
    taken_back = await trials.take_back(channel, str(scheduled.data.get("scheduled_message_id") or ""))
    if taken_back.refusal:
        text = f"could not take a scheduled trial back ({taken_back.refusal}): it will be posted at {when}"
        return Result(name, ok=False, text=text, hint="it says that it is a trial; AUDIT_CHANNEL itself works")
    return Result(name, ok=True, text=f"takes the bot's messages: one to {channel} was scheduled, and taken back")


def _not_scheduled(name: str, channel: str, trial: Trial, place: str) -> Result:
    if trial.refusal == "unknown_method":  # an emulator's
        return Result(name, ok=None, text="could not be tried: messages can't be scheduled there")
    if trial.is_limited:
        return _failed(name, trial, place)
    if trial.is_answer:
        text = f"Slack refuses a message to {channel}: {trial.refusal}"
        return Result(name, ok=False, text=text, hint=trial.hint)
    when = local(float(trial.data["post_at"]))
    text = f"{place}: {trial.refusal}; if Slack took the scheduled trial, it will be posted at {when}"
    return Result(name, ok=False, text=text, hint=_NETWORK)


def _listed(scopes: frozenset[str]) -> str:
    return ", ".join(sorted(scopes))
