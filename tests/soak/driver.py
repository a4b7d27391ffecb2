"""How each step of the machine is done: who presses what, what goes wrong meanwhile, and the wait until it is over."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

from hypothesis.stateful import RuleBasedStateMachine

from bot.sandbox.slack import TEAM, Json, SlackMessage
from tests.soak import trouble as troubles
from tests.soak.checks import Checks
from tests.soak.journal import Delivery
from tests.soak.model import AUDITED
from tests.soak.scene import Bot, Scene
from tests.soak.tickets import edit, ticket
from tests.soak.trouble import Trouble
from tests.support.world import ALICE, BOB

ERIN = "U01ERIN"  # on the list of deleters by mistake, and of another workspace
TEAMS = {ERIN: "T0OTHER"}
CHANNELS = ("C01SUPPORT", "C02OTHER")
ANYBODY = "whoever may"

COUNTS: Counter[str] = Counter()


@dataclass(frozen=True)
class Press:
    """Which button, counted back from the newest of its kind, by whom, and to which process it goes.

    No `action`: of any kind. `ended`: only such whose prompt has ended in a deletion or a resolution.
    """

    action: str
    which: int
    user: str
    place: int
    ended: bool = False


class Driver(RuleBasedStateMachine):
    """Knows no rules. Whatever a step does, all checks are run after it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self._patches: list[Any] = [
            patch.object(ssl, "create_default_context", _no_certificates),
        ]
        for one in self._patches:
            one.start()
        self.scene = Scene()
        self.loop.run_until_complete(self.scene.open())
        self.checks = Checks(self.scene.journal, self.scene.slack.dead)
        self.seen: dict[tuple[int, str], tuple[SlackMessage, Json]] = {}
        self.payloads: list[Json] = []

    def _ask(
        self,
        command: str,
        user: str,
        what: int | str,
        place: int,
        *,
        channel: str = CHANNELS[0],
        trouble: Trouble | None = None,
    ) -> None:
        if user == ANYBODY:
            user = ALICE if ALICE in self.scene.bots[place].settings.ticket_deleters else BOB
        body = {
            "team_id": TEAMS.get(user, TEAM),
            "channel_id": channel,
            "user_id": user,
            "command": command,
            "text": what if isinstance(what, str) else self._open_ticket(what),
            "response_url": self.scene.slack._response_url(channel, user, None),
        }
        self.payloads.append(body)
        self._step([(body, place)], trouble or {}, fresh=True)

    def _open_ticket(self, which: int) -> str:
        """One of those that there are, or another; a number never comes back."""
        api = self.scene.api
        found = [number for number, ticket in api.tickets.items() if ticket["Status"] is False]
        if which >= len(found):
            found = [f"N{len(self.scene.journal.states):06}"]
            api.tickets[found[0]] = ticket(found[0])
            api.tell(found[0])
        return found[which % len(found)]

    def _button(self, press: Press) -> tuple[SlackMessage, Json] | None:
        """Any that was ever seen, also where it is not shown any more."""
        found = [one for (_, action), one in self.seen.items() if press.action in {"", action.split("|")[0]}]
        if press.ended:
            ids = {one.delivery.prompt_id for one in self.scene.journal.sent if one.done and one.delivery}
            found = [one for one in found if any(f'"id":"{each}"' in str(one[1].get("value")) for each in ids)]
        return found[-1 - press.which % len(found)] if found else None

    def _case_of(self, press: Press) -> str:
        found = self._button(press)
        value = str(found[1].get("value", "")) if found else ""
        return value.partition('"case_number":"')[2][:7] or value or self._open_ticket(0)

    def _payload(self, press: Press) -> Json | None:
        found = self._button(press)
        if found is None:
            return None
        posted, button = found
        user = press.user
        if user == ANYBODY:
            requester = str(button.get("value", "")).partition('"requester":"')[2].partition('"')[0] or BOB
            second = self.scene.bots[press.place].settings.delete_second_person
            user = next(one for one in (BOB, ALICE) if one != requester) if second else requester
        body = self.scene.slack.press_payload(user, posted, button, team=TEAMS.get(user, TEAM))
        self.payloads.append(body)
        return body

    def _press(self, several: list[Press], trouble: Trouble, meanwhile: "Meanwhile | None" = None) -> None:
        bodies = [(body, press.place) for press in several if (body := self._payload(press))]
        if not bodies:  # no such button was ever seen
            self._ask("/ticket-delete", ANYBODY, several[0].which, several[0].place)
            return
        self._step(bodies, trouble, meanwhile, fresh=True)

    def _step(
        self, bodies: list[tuple[Json, int]], trouble: Trouble, meanwhile: "Meanwhile | None" = None, *, fresh: bool
    ) -> None:
        COUNTS["steps"] += 1
        COUNTS["faults staged"] += sum(map(len, trouble.values()))
        self._do(self._deliver(bodies, trouble, meanwhile, fresh=fresh))
        self._look_for_buttons()
        self.checks.run()

    async def _deliver(
        self, bodies: list[tuple[Json, int]], trouble: Trouble, meanwhile: "Meanwhile | None", *, fresh: bool
    ) -> None:
        scene = self.scene
        calm = len(bodies) == 1 and not trouble and meanwhile is None and scene.api.gate.is_set()
        troubles.stage(trouble, scene.api, scene.slack)
        scene.journal.tick(f"trouble: {trouble}")
        bots = [scene.bots[place] for _, place in bodies]
        plans = [scene.plan(bot, body, calm=calm, fresh=fresh) for bot, (body, _) in zip(bots, bodies, strict=True)]
        COUNTS.update("presses" if "actions" in body else "commands" for _, body in plans)
        handing = [scene.hand(bot, *plan) for bot, plan in zip(bots, plans, strict=True)]
        await asyncio.gather(*handing, self._meanwhile([delivery for delivery, _ in plans], meanwhile))
        await scene.quiet()
        troubles.heal(scene.api, scene.slack)

    async def _meanwhile(self, deliveries: list[Delivery], meanwhile: "Meanwhile | None") -> None:
        if meanwhile and deliveries:
            moment, happen = meanwhile
            journal = self.scene.journal
            start = journal.now
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await journal.until(
                        lambda: (
                            journal.now >= start + moment or all(one.ended or one.status == -1 for one in deliveries)
                        )
                    )
            await happen()

    async def _kill(self, place: int, options: dict[str, object]) -> None:
        COUNTS["kills"] += 1
        await self.scene.kill(self.scene.bots[place])
        await self.scene.start(place, options)

    async def _stop(self, place: int, options: dict[str, object]) -> None:
        COUNTS["restarts"] += 1
        bot: Bot = self.scene.bots[place]
        await self.scene.drain_at_once(bot)
        await self.scene.end(bot)
        await self.scene.start(place, options)

    async def _release(self) -> None:
        self.scene.journal.tick("the API goes on")
        self.scene.api.gate.set()
        await self.scene.quiet()

    def _edit(self, case: str, how: str) -> None:
        edit(self.scene.api.tickets, case, how)
        self.scene.api.tell(case)

    def _look_for_buttons(self) -> None:
        for number, posted in enumerate(self.scene.slack.messages):
            for button in (one for one in posted.buttons if one["action_id"] in AUDITED):
                self.seen[number, f"{button['action_id']}|{button.get('value')}"] = (posted, button)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self._do(self.scene.close())
        self._do(self.loop.shutdown_asyncgens())
        self.loop.close()
        for one in self._patches:
            one.stop()
        self._count()

    def _count(self) -> None:
        journal = self.scene.journal
        COUNTS["runs"] += 1
        changes = [sent for sent in journal.sent if sent.endpoint != "fetchSingleTicket"]
        COUNTS.update(f"carried out: {sent.endpoint}" for sent in changes if sent.done)
        COUNTS.update(f"answer to a change: {sent.answer}" for sent in changes)
        COUNTS.update(f"audited: {line.fields['event']}" for line in journal.lines)


@cache
def _no_certificates(**_: object) -> ssl.SSLContext:
    """Reading all the world's for every process that starts would take most of the time."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


Meanwhile = tuple[int, Callable[[], Awaitable[None]]]
