"""One seed, one world: who lives in it, what goes wrong, and what came of it."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial

from bot.sandbox.slack import TEAM
from tests.simulation import evidence, people, rules, words
from tests.simulation.chance import Chance
from tests.simulation.database import Database
from tests.simulation.delivery import Delivery, Payload
from tests.simulation.faults import OFF, VENDOR, Weather
from tests.simulation.journal import (
    CHECK,
    CLICK,
    KEYS,
    AuditLine,
    Call,
    Click,
    Journal,
    Logged,
    Said,
    carried_by,
    request_of,
)
from tests.simulation.listening import listening
from tests.simulation.loop import NOW, SimulatedLoop
from tests.simulation.operator import Operator
from tests.simulation.options import draw_options
from tests.simulation.parts import RunningBot, Sockets, this_bot
from tests.simulation.people import AUDIT_CHANNEL, PEOPLE, TEAMS
from tests.simulation.process import PROCESS
from tests.simulation.slack import Slack
from tests.simulation.slack_client import Session
from tests.simulation.slack_messages import Button
from tests.simulation.ticket_api import TicketApi

LASTS_S = 420.0
QUIET_S = (15.0, 90.0, 150.0, 210.0, 270.0, 330.0, 390.0, 450.0)
"""When after the last fault the rules are asked. The longest pause of recovery is 300 s, by a clock that may be set."""
CHECKED_S = 60.0
_DAY_S = 25 * 3600.0
"""The longest that the bot goes on looking, and an hour for its pauses."""
_LOOK_S = 60.0
"""Between two looks of recovery in such a day, which would take a minute to simulate with a look each second."""


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
    api_stays_dead: bool = False
    endings: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    failure: BrokenRuleError | None = None

    def __post_init__(self) -> None:
        random.seed(self.seed)  # slack_sdk's own
        self.chance = Chance(self.seed, self.left_out)
        self.loop = SimulatedLoop(self.chance.schedule, self._task_begins)  # type: ignore[abstract]
        self.journal = Journal(self.loop.now)
        self.weather = Weather.draw(self.chance, self.without)
        self.slack = Slack(self.loop, self.journal, self.said, lambda what: self.broken("slack_can_show_it", what))
        busy = self.chance.happens("busy is a gateway's word", 0.5)
        self.api = TicketApi(self.loop, self.chance, self.journal, self.weather, busy, self._heard)
        self.database = Database(self.loop, self.chance, self.weather, self.journal, self._is_calm)
        self.journal.ledger = lambda sql: self.database.connection.fetch(sql, ())
        self.journal.ledger_clock = self.database.latest_clock
        self.options = draw_options(self.chance)
        self.over_http = self.chance.happens("over HTTP", 0.4)
        self.journal.is_turn_shared = not self.chance.happens("the turn is not shared", 0.2)
        self.second_person = self.options.get("delete_second_person") == "on"
        self.operator = Operator(self)
        self.journal.accounts = lambda: {bot.account for bot in self.operator.bots}
        self.database.strike = self.operator.strike
        self.delivery = Delivery(self)

    def run(self) -> None:
        """Raises BrokenRuleError."""
        try:
            with listening(self.log):
                self.loop.run(self._live())
        finally:
            self.database.close()
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
        lives = [*(people.live(self, user) for user in PEOPLE), people.vendor(self, vendor_does)]
        lives += [
            people.rivals(self),
            people.outages(self),
            people.invitations(self),
            self.database.live(self.ends_at),
            self.operator.live(),
        ]
        await asyncio.gather(*lives)
        if self.api_stays_dead or self.chance.happens("the API stays dead", 0.04):
            await self._outlive_the_api()
        else:
            await self._become_quiet()

    async def _outlive_the_api(self) -> None:
        """The ticket system never answers again, and all else is fine: for a day the bot goes on looking.

        A deletion is the first that it does not answer.
        """
        self.api.calm = True
        await self.operator.mend()
        await people.ask_and_click(self, between=self.api.die_at_a_change)
        self.journal.tell(self.loop.now(), "QUIET: the API is dead from here on, and nothing else is wrong")
        self.api.is_dead = True
        await self.operator.stop_all()
        self.operator.look_s = _LOOK_S
        await self.operator.start()
        await asyncio.sleep(_DAY_S)
        self.ask("a day later", None)
        await self.operator.stop_all()

    async def _become_quiet(self) -> None:
        """The faults are over; what is left open is checked by somebody, and then has to be settled."""
        self.api.calm = True
        self.journal.tell(self.loop.now(), "QUIET: no more faults from here on")
        await self.operator.mend()
        quiet_at = self.loop.now()
        for seconds in QUIET_S:
            await asyncio.sleep(NOW + quiet_at + seconds - self.true_time())
            self.ask("quiet", seconds)
        for posted in self.slack.messages:
            last = [button for button in self.slack.seen if button.posted is posted and button.shown is posted.payload]
            for button in last:
                if button.action == CHECK and posted.visible_to in {None, people.ALICE}:
                    self.press("the last check", people.ALICE, button)
        await asyncio.sleep(CHECKED_S)
        await self.operator.stop_all()
        self.ask("end", None)

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────────

    def command(self, cause: str, user: str, channel: str, command: str, text: str) -> None:
        body = self.slack.command(user, TEAMS.get(user, TEAM), channel, command, text)
        self.counts["conversations"] += 1
        self.delivery.deliver(Payload(cause, body, command, user, channel, text))

    def press(self, cause: str, user: str, button: Button) -> None:
        body = self.slack.press(user, TEAMS.get(user, TEAM), button)
        self.counts["clicks"] += 1
        self.delivery.deliver(Payload(cause, body, button.action, user, button.posted.channel_id, button.value))

    def look_up(self, cause: str, user: str, channel: str, text: str) -> None:
        body = self.slack.shortcut(user, TEAMS.get(user, TEAM), channel, text)
        self.delivery.deliver(Payload(cause, body, "look_up", user, channel, text))

    def open_ticket(self) -> str:
        """Of the account whose key new bots have."""
        case = f"{len(self.journal.history) + 1:07}"
        self.journal.account_of[case] = KEYS[self.operator.api_key]
        self.api.put(case, people.ticket(case))
        return case

    # ── what is heard of it ───────────────────────────────────────────────────────────────────────────────────────

    def sockets(self, bot: RunningBot) -> Sockets:
        session = Session(self.slack, self.chance, self.weather, self._is_calm)
        began = partial(self._begins, bot)
        return Sockets(self.api, session, self.database, self.true_time, self._write_audit, began, self._over)

    def _is_calm(self) -> bool:
        return self.api.calm

    def true_time(self) -> float:
        return NOW + self.loop.now()

    def _begins(self, bot: RunningBot, endpoint: str, case: str) -> Call:
        number, click = len(self.journal.calls) + 1, CLICK.get()
        began_at = self.loop.now()
        call = Call(number=number, bot=bot, click=click, endpoint=endpoint, case=case, began_at=began_at)
        self.journal.calls.append(call)
        if click:
            click.calls.append(call)
        elif about := self.journal.about():
            about.recovered.append(call)
        self.ask("begins", call)
        self.operator.strike("before a request", bot, call.cause)
        return call

    def _over(self, call: Call) -> None:
        if self.loop.is_halted:
            return
        call.over_at = self.loop.now()
        self.journal.tell(call.over_at, f"    {call.bot.name}: request {call.number} ends with: {call.answer}")
        self.ask("over", call)
        self.operator.strike("after a request", call.bot, call.cause)

    def _heard(self, moment: str, call: Call) -> None:
        if moment == "carried out":
            self.counts[f"carried out: {call.endpoint}"] += 1
        self.ask(moment, call)
        self.operator.strike(f"when a request is {moment}", call.bot, call.cause)

    def said(self, said: Said) -> None:
        self.journal.said.append(said)
        if said.click:
            said.click.said.append(said)
        for action, value in said.buttons:
            request = request_of(carried_by(value))
            if action == "delete_ticket":
                self.journal.shown.setdefault(request, said)
        who = f"{said.visible_to} alone" if said.visible_to else said.where
        by = f" for {said.click.name}" if said.click else f" about {said.about.name}" if said.about else ""
        verb = "edits" if said.is_edit else "shows"
        self.journal.tell(said.at, f"    Slack: {said.bot.name}{by} {verb} {who}: {said.words[:220]}")
        self.ask("said", said)
        self.operator.strike("after a message", said.bot, said.click.cause if said.click else said.bot.name)

    def log(self, record: logging.LogRecord) -> None:
        """Called where a bot logs: a dead one never does."""
        click, text = CLICK.get(), record.getMessage()
        if record.exc_info:
            text += f" {record.exc_info[0]}"
        if record.name == "audit":
            self._audited(text, click)
        elif record.levelno >= logging.WARNING and PROCESS.get():
            if click:
                click.logged.append(text)
            self.journal.tell(self.loop.now(), f"    log {record.levelname}: {text[:200]}")
            self.ask("logged", Logged(click=click, level=record.levelname, text=text))

    async def _write_audit(self, line: str) -> None:
        """A disk takes a moment; or it is full, or nobody reads the pipe."""
        click = CLICK.get()
        fault = self.chance.choose(f"disk for {click.cause}", self.weather.disk) if click and not self.api.calm else ""
        if click and fault:
            click.disk_trouble = True
            self.journal.tell(self.loop.now(), f"    disk: {fault} for {click.name}")
        await asyncio.sleep(20 if fault == "stuck" else self.chance.seconds("the disk's time", 0.0005, 0.01))
        if fault == "full":
            raise OSError("No space left on device")
        self._audited(line, click)

    def _audited(self, text: str, click: Click | None) -> None:
        line = AuditLine(
            click=click,
            about=self.journal.about(),
            bot=this_bot(),
            at=self.loop.now(),
            raw=text,
            fields=evidence.parse(text),
        )
        if click:
            click.lines.append(line)
        elif line.about:
            line.about.later_lines.append(line)
        told = {key: line.fields.get(key) for key in ("event", "user", "case_number", "outcome")}
        self.journal.tell(line.at, f"    audit: {told}")
        self.ask("audited", line)

    def _task_begins(self, context: Context) -> Callable[[], None] | None:
        click = context.get(CLICK)
        if click is None:
            return None
        click.tasks += 1
        return lambda: self._task_ends(click)

    def _task_ends(self, click: Click) -> None:
        click.tasks -= 1
        if click.tasks == 0:
            click.ended_at = self.loop.now()
            if click.status not in {0, 200}:
                self.endings["(found too old)"] += 1
                return
            last = [said for said in click.said if said.where != AUDIT_CHANNEL and "receipt" not in said.claimed]
            self.endings[f"{click.action}: {words.ending(last[-1].claimed) if last else 'no answer'}"] += 1
            self.ask("ended", click)

    def ask(self, moment: str, fact: object) -> None:
        """The rules; the world ends with the first one that is broken."""
        for rule, what in rules.violations(moment, self.journal, fact):
            self.broken(rule, what)

    def broken(self, rule: str, what: str) -> None:
        if self.failure is None:
            self.journal.tell(self.loop.now(), f"BROKEN {rule}: {what}")
            self.failure, self.loop.is_halted = BrokenRuleError(rule, what), True
