"""One seed, one world: who lives in it, what goes wrong, and what came of it."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial

from bot.sandbox.slack import TEAM
from tests.simulation import people, rules, words
from tests.simulation.chance import Chance, evenly
from tests.simulation.faults import OFF, VENDOR, Weather
from tests.simulation.journal import CHECK, CLICK, AuditLine, Call, Click, Journal, Logged, Said
from tests.simulation.loop import PROCESS, SimulatedLoop
from tests.simulation.operator import NOW, Operator
from tests.simulation.parts import RunningBot, Sockets, seed_chance
from tests.simulation.people import AUDIT_CHANNEL, CHANNELS, PEOPLE, TEAMS
from tests.simulation.slack import Button, Json, Slack
from tests.simulation.slack_client import Session
from tests.simulation.ticket_api import TicketApi

LASTS_S = 420.0
QUIET_S = 150.0


@dataclass(frozen=True)
class Payload:
    """What somebody did, `cause` by name, as Slack sends it."""

    cause: str
    body: Json
    action: str
    user: str
    channel: str
    text: str


class BrokenRuleError(Exception):
    def __init__(self, rule: str, what: str) -> None:
        super().__init__(f"{rule}: {what}")
        self.rule, self.what = rule, what


@dataclass
class World:
    seed: int
    left_out: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    ends_at: float = LASTS_S
    endings: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    failure: BrokenRuleError | None = None

    def __post_init__(self) -> None:
        random.seed(self.seed)
        seed_chance[-1].seed(self.seed)
        self.chance = Chance(self.seed, self.left_out)
        self.loop = SimulatedLoop(self.chance.schedule, self._task_begins)  # type: ignore[abstract]
        self.journal = Journal()
        self.weather = Weather.draw(self.chance, self.without)
        self.slack = Slack(self.loop, self.journal, self.said, lambda what: self.broken("slack_can_show_it", what))
        busy = self.chance.happens("busy is a gateway's word", 0.5)
        self.api = TicketApi(self.loop, self.chance, self.journal, self.weather, busy, self._carried_out)
        self.options = _options(self.chance)
        self.over_http = self.chance.happens("over HTTP", 0.4)
        self.second_person = self.options.get("delete_second_person") == "on"
        self.operator = Operator(self)
        self.rules = rules.Rules(self)

    def run(self) -> None:
        """Raises BrokenRuleError."""
        with _listening(self):
            self.loop.run(self._live())
        self.counts["steps"] = self.loop.steps
        if self.failure:
            raise self.failure

    async def _live(self) -> None:
        self.journal.tell(0, f"settings: {self.options}, {'over HTTP' if self.over_http else 'over Socket Mode'}")
        for _ in range(3):
            self.open_ticket()
        await self.operator.begin()
        vendor_does = tuple(
            kind for kind in VENDOR if kind not in OFF and self.chance.happens(f"the vendor's page: {kind}", 0.5)
        )
        lives = [people.live(self, user) for user in PEOPLE]
        await asyncio.gather(*lives, people.vendor(self, vendor_does), self.operator.live())
        await self._become_quiet()

    async def _become_quiet(self) -> None:
        """The faults are over; what is left open is checked by somebody, and then has to be settled."""
        self.api.calm = True
        self.journal.tell(self.loop.time(), "QUIET: no more faults from here on")
        await self.operator.mend()
        await asyncio.sleep(QUIET_S)
        for posted in self.slack.messages:
            last = [button for button in self.slack.seen if button.posted is posted and button.shown is posted.payload]
            for button in last:
                if button.action == CHECK and posted.visible_to in {None, people.ALICE}:
                    self.press("the last check", people.ALICE, button)
        await asyncio.sleep(QUIET_S)
        await self.operator.stop_all()
        self.rules.at_the_end()

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────────

    def command(self, cause: str, user: str, channel: str, command: str, text: str) -> None:
        body = self.slack.command(user, TEAMS.get(user, TEAM), channel, command, text)
        self.counts["conversations"] += 1
        self.deliver(Payload(cause, body, command, user, channel, text))

    def press(self, cause: str, user: str, button: Button) -> None:
        body = self.slack.press(user, TEAMS.get(user, TEAM), button)
        self.counts["clicks"] += 1
        self.deliver(Payload(cause, body, button.action, user, button.posted.channel, button.value))

    def look_up(self, cause: str, user: str, channel: str, text: str) -> None:
        body = self.slack.shortcut(user, TEAMS.get(user, TEAM), channel, text)
        self.deliver(Payload(cause, body, "look_up", user, channel, text))

    def open_ticket(self) -> None:
        case = f"{len(self.journal.history) + 1:07}"
        self.api.put(case, people.ticket(case))

    def deliver(self, payload: Payload) -> None:
        """To a process that Slack can reach; twice, late, or to another one where the weather is so."""
        how = "" if self.api.calm else self.chance.choose(f"delivery of {payload.cause}", self.weather.delivery)
        seconds = partial(self.chance.seconds, f"delivery's time, {payload.cause}")
        wait = seconds(0.01, 0.4) + (seconds(1, 40) if how == "late" else 0)
        first: list[RunningBot] = []
        self.loop.call_later(wait, self._arrive, payload, first, "", context=Context())
        if how.startswith("twice"):
            self.loop.call_later(wait + seconds(0, 4), self._arrive, payload, first, how, context=Context())

    def _arrive(self, payload: Payload, first: list[RunningBot], how: str) -> None:
        now, user, action = self.loop.time(), payload.user, payload.action
        bot = self.operator.reachable(payload.cause, first[0] if first else None, how)
        if bot is None or bot.receive is None:
            self.journal.tell(now, f"{user} {action} {payload.text[:60]}: Slack reaches no bot, and says so")
            self.endings["(no bot could be reached)"] += 1
            return
        first.append(bot)
        click = Click(
            number=len(self.journal.clicks) + 1,
            cause=payload.cause,
            bot=bot,
            action=action,
            user=user,
            team=TEAMS.get(user, TEAM),
            channel=payload.channel,
            text=payload.text,
            at=now,
            at_clock=bot.clock(),
        )
        self.journal.clicks.append(click)
        self.journal.by_request.setdefault(click.request, []).append(click)
        again = ", again" if len(first) > 1 else ""
        self.journal.tell(now, f"{click.name}: {user} {action} {click.case[:40]} -> {bot.name}{again}")
        context = Context()
        context.run(PROCESS.set, bot)
        context.run(CLICK.set, click)
        self.loop.create_task(self._dispatch(bot.receive(payload.body), click), context=context)

    async def _dispatch(self, receive: Awaitable[int], click: Click) -> None:
        status = await receive
        click.acked_at = self.loop.time()
        if status != 200:
            self.broken("everybody_is_acknowledged", f"{click.name} was acknowledged with {status}")

    # ── what is heard of it ───────────────────────────────────────────────────────────────────────────────────────

    def sockets(self, bot: RunningBot) -> Sockets:
        session = Session(self.slack, self.chance, self.weather, lambda: self.api.calm)
        began = partial(self._begins, bot)
        return Sockets(self.api, session, self.true_time, self._write_audit, began, self._over)

    def true_time(self) -> float:
        return NOW + self.loop.time()

    def _begins(self, bot: RunningBot, endpoint: str, case: str) -> Call:
        number, click = len(self.journal.calls) + 1, CLICK.get()
        began_at = self.loop.time()
        call = Call(number=number, bot=bot, click=click, endpoint=endpoint, case=case, began_at=began_at)
        self.journal.calls.append(call)
        if click:
            click.calls.append(call)
        self.rules.heard("begins", call)
        return call

    def _over(self, call: Call) -> None:
        if self.loop.is_halted:
            return
        call.over_at = self.loop.time()
        self.journal.tell(call.over_at, f"    {call.bot.name}: request {call.number} ends with: {call.answer}")
        self.rules.heard("over", call)

    def _carried_out(self, call: Call) -> None:
        self.counts[f"carried out: {call.endpoint}"] += 1
        self.rules.heard("carried out", call)

    def said(self, said: Said) -> None:
        self.journal.said.append(said)
        if said.click:
            said.click.said.append(said)
        for action, value in said.buttons:
            request = Click(
                number=0,
                cause="",
                bot=said.bot,
                action=action,
                user="",
                team="",
                channel="",
                text=value,
                at=0,
                at_clock=0,
            ).request
            if action == "delete_ticket":
                self.journal.shown.setdefault(request, said)
        who = f"{said.visible_to} alone" if said.visible_to else said.where
        by = f" for {said.click.name}" if said.click else ""
        verb = "edits" if said.is_edit else "shows"
        self.journal.tell(said.at, f"    Slack: {said.bot.name}{by} {verb} {who}: {said.words[:220]}")
        self.rules.heard("said", said)

    def log(self, record: logging.LogRecord) -> None:
        """Called where a bot logs: a dead one never does."""
        click, text = CLICK.get(), record.getMessage()
        if record.exc_info:
            text += f" {record.exc_info[0]}"
        if record.name == "audit":
            self._audited(text, click)
        elif record.levelno >= logging.WARNING and PROCESS.get():
            self.journal.tell(self.loop.time(), f"    log {record.levelname}: {text[:200]}")
            self.rules.heard("logged", Logged(click=click, level=record.levelname, text=text))

    async def _write_audit(self, line: str) -> None:
        """A disk takes a moment."""
        await asyncio.sleep(self.chance.seconds("the disk's time", 0.0005, 0.01))
        self._audited(line, CLICK.get())

    def _audited(self, text: str, click: Click | None) -> None:
        line = AuditLine(click=click, at=self.loop.time(), raw=text, fields=rules.parse(text))
        if click:
            click.lines.append(line)
        told = {key: line.fields.get(key) for key in ("event", "user", "case_number", "outcome")}
        self.journal.tell(line.at, f"    audit: {told}")
        self.rules.heard("audited", line)

    def _task_begins(self, context: Context) -> Callable[[], None] | None:
        click = context.get(CLICK)
        if click is None:
            return None
        click.tasks += 1
        return lambda: self._task_ends(click)

    def _task_ends(self, click: Click) -> None:
        click.tasks -= 1
        if click.tasks == 0:
            click.ended_at = self.loop.time()
            last = [said for said in click.said if said.where != AUDIT_CHANNEL]
            self.endings[f"{click.action}: {words.ending(last[-1].claimed) if last else 'no answer'}"] += 1
            self.rules.heard("ended", click)

    def broken(self, rule: str, what: str) -> None:
        """A rule that is switched off is none."""
        if rule not in rules.OFF:
            self.journal.tell(self.loop.time(), f"BROKEN {rule}: {what}")
            self.failure = self.failure or BrokenRuleError(rule, what)
            self.loop.is_halted = True

    def api_trouble(self, click: Click) -> bool:
        """Whether anything but the API's own 200 came back, or nothing was sent."""
        return not click.calls or any(call.answer != "own 200" for call in click.calls)


def _options(chance: Chance) -> dict[str, str]:
    """What differs from the settings that a bot has by itself."""

    def maybe(name: str, probability: float, *values: str) -> None:
        if value := chance.choose(f"setting {name}", evenly(*values, of=probability)):
            options[name] = value

    options = {"ticket_deleters": f"{people.ALICE},{people.BOB},{people.ERIN}"}
    maybe("ticket_viewers", 0.3, f"{people.ALICE},{people.BOB},{people.CAROL},{people.ERIN}")
    maybe("ticket_visibility", 0.2, "channel")
    maybe("ticket_contact", 0.5, "none", "full")
    maybe("ticket_channels", 0.25, CHANNELS[0])
    maybe("ticket_resolve", 0.2, "off")
    maybe("delete_second_person", 0.25, "on")
    maybe("delete_receipt", 0.2, "off")
    maybe("delete_prompt_visibility", 0.15, "private")
    maybe("delete_prompt_ttl_s", 0.4, "30", "60")
    maybe("audit_channel", 0.3, AUDIT_CHANNEL)
    if options.get("delete_second_person") == "on":
        options.pop("delete_prompt_visibility", None)  # the two exclude each other
    return options


class _Handler(logging.Handler):
    def __init__(self, hear: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self.hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        self.hear(record)


@contextmanager
def _listening(world: World) -> Iterator[None]:
    audit, root = logging.getLogger("audit"), logging.getLogger()
    handler, before = _Handler(world.log), (audit.level, audit.propagate, audit.handlers[:], root.handlers[:])
    audit.setLevel(logging.INFO)
    audit.propagate, audit.handlers, root.handlers = False, [handler], [handler]
    try:
        yield
    finally:
        audit.level, audit.propagate, audit.handlers, root.handlers = before
