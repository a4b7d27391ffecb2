"""The conversation as a state machine: people, two processes, and all that can go wrong, in any order.

Every argument is drawn from a fixed choice, and picks from what is there at the time, so that timing changes no draw.
"""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.soak import trouble as troubles
from tests.soak.checks import AUDIT_CHANNEL
from tests.soak.driver import ANYBODY, CHANNELS, ERIN, Driver, Press
from tests.soak.tickets import EDITS
from tests.soak.trouble import Trouble
from tests.support.world import ALICE, BOB, CAROL

texts = st.sampled_from(["CLOSED4", "NOSUCH5", "", "help", "12", "two words", "<!channel>"])
places = st.integers(0, 1)
whiches = st.sampled_from([0] * 6 + [1] * 3 + [2, 3, 5, 8, 13])
channels = st.sampled_from([CHANNELS[0], *CHANNELS])
actions = st.sampled_from(
    ["delete_ticket"] * 5 + ["resolve_ticket"] * 2 + ["cancel_deletion", "check_deletion", "ask_to_delete_ticket", ""]
)
ended_actions = st.sampled_from(["delete_ticket", "resolve_ticket", "cancel_deletion"])
pressers = st.sampled_from([ANYBODY] * 12 + [ALICE, BOB, CAROL, ERIN])
moments = st.integers(0, 14)
listed = st.sampled_from([f"{ALICE},{BOB},{ERIN}"] * 3 + [f"{BOB},{ERIN}"])
options = st.fixed_dictionaries(
    {"ticket_deleters": listed},
    optional={
        "delete_second_person": st.just("on"),
        "ticket_channels": st.just(CHANNELS[0]),
        "ticket_resolve": st.just("off"),
        "delete_receipt": st.just("off"),
        "audit_channel": st.just(AUDIT_CHANNEL),
    },
)
private = st.fixed_dictionaries({"ticket_deleters": listed, "delete_prompt_visibility": st.just("private")})
settings = st.one_of(options, options, private)


presses = st.builds(Press, actions, whiches, pressers, places)
late_presses = st.builds(Press, ended_actions, whiches, st.just(ANYBODY), places, ended=st.just(value=True))


class Conversation(Driver):
    @initialize(both=settings)
    def begin(self, both: dict[str, object]) -> None:
        for at in (0, 1):
            self._do(self.scene.start(at, both))

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────────

    @rule(user=pressers, what=st.one_of(whiches, texts), place=places, channel=channels, trouble=troubles.ANY)
    def ask(self, user: str, what: int | str, place: int, channel: str, trouble: Trouble) -> None:
        self._ask("/ticket-delete", user, what, place, channel=channel, trouble=trouble)

    @rule(what=whiches, place=places)
    def ask_in_earnest(self, what: int, place: int) -> None:
        self._ask("/ticket-delete", ANYBODY, what, place)

    @rule(user=pressers, what=whiches, place=places)
    def look(self, user: str, what: int, place: int) -> None:
        self._ask("/ticket", user, what, place)

    @rule(press=presses)
    def press(self, press: Press) -> None:
        self._press([press], {})

    @rule(press=presses, trouble=troubles.ANY)
    def press_in_trouble(self, press: Press, trouble: Trouble) -> None:
        self._press([press], trouble)

    @rule(
        press=presses, users=st.lists(pressers, min_size=1, max_size=2), trouble=troubles.ANY, elsewhere=st.booleans()
    )
    def press_together(self, press: Press, users: list[str], trouble: Trouble, *, elsewhere: bool) -> None:
        """The same button at the same time, at one process or at both."""
        others = [Press(press.action, press.which, user, press.place ^ elsewhere) for user in users]
        self._press([press, *others], trouble)

    @rule(several=st.lists(presses, min_size=2, max_size=3), trouble=troubles.ANY)
    def press_several(self, several: list[Press], trouble: Trouble) -> None:
        self._press(several, trouble)

    @rule(which=whiches, place=places, times=st.integers(1, 2), trouble=troubles.ANY)
    def replay(self, which: int, place: int, times: int, trouble: Trouble) -> None:
        """A payload that was sent before, to whichever process."""
        if self.payloads:
            body = self.payloads[-1 - which % len(self.payloads)]
            self._step([(body, place)] * times, trouble, fresh=False)

    @rule(press=late_presses, seconds=st.sampled_from([0, 300]), options=settings, forget=st.booleans())
    def press_after_the_end(self, press: Press, seconds: int, options: dict[str, object], *, forget: bool) -> None:
        """On a telephone that still shows the buttons, to a process that may know nothing of it."""
        if forget:
            self.restart(press.place, options, kindly=True)
        self.wait(seconds)
        self._press([press], {})

    @rule(press=presses, options=settings)
    def press_while_stopping(self, press: Press, options: dict[str, object]) -> None:
        """After the process was told to stop, and before nobody can reach it any more."""
        self.scene.bots[press.place].serving.services.runner.draining = True
        self._press([press], {})
        self.restart(press.place, options, kindly=True)

    # ── while it is being worked on ───────────────────────────────────────────────────────────────────────────────

    @rule(press=presses, trouble=troubles.ANY, moment=moments, options=settings)
    def press_and_kill(self, press: Press, trouble: Trouble, moment: int, options: dict[str, object]) -> None:
        self._press([press], trouble, (moment, lambda: self._kill(press.place, options)))

    @rule(press=presses, trouble=troubles.ANY, moment=moments, options=settings)
    def press_and_stop(self, press: Press, trouble: Trouble, moment: int, options: dict[str, object]) -> None:
        self._press([press], trouble, (moment, lambda: self._stop(press.place, options)))

    @rule(press=presses, trouble=troubles.ANY, moment=moments, how=st.sampled_from(EDITS))
    def press_and_edit(self, press: Press, trouble: Trouble, moment: int, how: str) -> None:
        async def change() -> None:
            self._edit(self._case_of(press), how)

        self._press([press], trouble, (moment, change))

    @rule(press=presses, behind=st.booleans())
    def press_and_hold(self, press: Press, *, behind: bool) -> None:
        """The API takes its time: other things happen before it carries the request out, or before it answers."""
        api = self.scene.api
        api.gate.clear()
        api.behind = behind
        self._press([press], {})
        if not api.held:
            api.gate.set()

    @rule()
    def release(self) -> None:
        self._do(self._release())
        self.checks.run()

    # ── what time and other people do ─────────────────────────────────────────────────────────────────────────────

    @rule(press=presses, how=st.sampled_from(EDITS))
    def edit(self, press: Press, how: str) -> None:
        self._edit(self._case_of(press), how)

    @rule(seconds=st.sampled_from([1, 30, 59, 61, 120, 299, 300, 3600]))
    def wait(self, seconds: int) -> None:
        """What the API holds back it holds back for less than a minute, which is all that the bot reckons with."""
        if self.scene.api.held:
            self._do(self._release())
        self.scene.world.now += seconds
        self.scene.journal.tick(f"{seconds} s pass")

    @rule(place=places, options=settings, kindly=st.booleans())
    def restart(self, place: int, options: dict[str, object], *, kindly: bool) -> None:
        self._do(self._stop(place, options) if kindly else self._kill(place, options))
        self.checks.run()
