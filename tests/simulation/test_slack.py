"""The simulated Slack: which messages can be edited in which way, and what the network makes of an edit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from tests.simulation import parts
from tests.simulation.chance import Chance
from tests.simulation.faults import SLACK, Weather
from tests.simulation.journal import Bot, Journal, Said
from tests.simulation.loop import SimulatedLoop
from tests.simulation.process import PROCESS
from tests.simulation.slack import URL, By, Slack
from tests.simulation.slack_client import Response, Session
from tests.simulation.slack_messages import Button, Json, Posted

ALICE = "U01ALICE"
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "1"}
BLOCKS = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Go?"}},
    {"type": "actions", "elements": [BUTTON]},
]


@dataclass
class Stage:
    """Slack, and one bot that calls it. `said` is what became visible, `refused` what Slack could not show."""

    weather: Mapping[str, float] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seed: int = 1

    def __post_init__(self) -> None:
        chance = Chance(self.seed)
        self.loop = SimulatedLoop(Random(1))  # type: ignore[abstract]
        self.slack = Slack(self.loop, Journal(self.loop.time), self.said.append, self.refused.append)
        self.bot = Bot("a bot", settings=parts.settings(over_http=False), clock=self.loop.time)
        weather = replace(Weather.draw(chance, frozenset()), slack=self.weather, late_edits=0.0)
        self.session = Session(self.slack, chance, weather, lambda: False)

    def call(self, method: str, **form: object) -> Json:
        return self.slack.call(method, form, By(self.bot))

    def post(self, channel: str = "C01SUPPORT", **form: object) -> Json:
        return self.call("chat.postMessage", channel=channel, text="Go?", **form)

    def update(self, posted: Json, **form: object) -> Json:
        return self.call("chat.update", **{"channel": posted["channel"], "ts": posted["ts"], "text": "Gone", **form})

    def press(self, button: Button) -> Json:
        return self.slack.press(ALICE, "T01SWEEP", button)

    def respond(self, url: str, **body: object) -> int:
        return self.slack.respond(url, dict(body), By(self.bot))

    def run(self, live: Callable[[], Awaitable[None]]) -> None:
        """In the bot's process; then whatever is late."""

        async def main() -> None:
            context = Context()
            context.run(PROCESS.set, self.bot)
            await self.loop.create_task(live(), context=context)
            await asyncio.sleep(60)

        self.loop.run(main())

    async def over_the_network(self, method: str, **form: object) -> Response:
        async with self.session.post(f"{URL}/{method}", json=form) as response:
            return response


def test_the_bots_own_message_is_edited_either_way() -> None:
    stage = Stage()
    posted = stage.post(blocks=BLOCKS, thread_ts="1.000001")
    body = stage.press(stage.slack.seen[-1])
    assert body["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "C01SUPPORT",
        "thread_ts": "1.000001",
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == posted["ts"]
    assert stage.respond(body["response_url"], replace_original=True, text="Going") == 200
    assert stage.update(posted, blocks=[BLOCKS[0]])["ok"]
    assert [(said.ts, said.is_edit, len(said.buttons)) for said in stage.said] == [
        (posted["ts"], False, 1),
        (posted["ts"], True, 0),
        (posted["ts"], True, 0),
    ]
    [message] = stage.slack.messages
    assert (message.payload["text"], message.payload["thread_ts"]) == ("Gone", "1.000001")
    assert stage.refused == []


def test_what_chat_update_refuses_changes_nothing() -> None:
    stage = Stage()
    posted = stage.post(blocks=BLOCKS)
    stage.slack.messages.append(Posted("1.000001", "C01SUPPORT", None, {"text": "hello"}))
    url = stage.press(stage.slack.seen[-1])["response_url"]
    assert stage.respond(url, response_type="in_channel", replace_original=False, text="Look") == 200
    before = len(stage.said)
    errors = [
        stage.update(posted, text="x" * 4001),
        stage.update(posted, ts="1.000001"),
        stage.update(posted, ts=stage.said[-1].ts),
        stage.update(posted, ts="1.000009"),
        stage.update(posted, channel="C02OTHER"),
    ]
    assert [answer["error"] for answer in errors] == [
        "msg_too_long",
        "cant_update_message",
        "cant_update_message",
        "message_not_found",
        "message_not_found",
    ]
    assert (len(stage.said), stage.refused) == (before, [])
    assert stage.update(posted, blocks=[{"type": "section"}])["error"] == "invalid_blocks"
    assert len(stage.refused) == 1


def test_a_direct_message_has_a_channel_of_its_own() -> None:
    stage = Stage()
    posted = stage.post(ALICE, blocks=BLOCKS)
    body = stage.press(stage.slack.seen[-1])
    assert (posted["channel"], body["channel"]["id"], body["container"]["is_ephemeral"]) == (
        "D01ALICE",
        "D01ALICE",
        False,
    )
    assert (stage.said[0].where, stage.said[0].visible_to) == (ALICE, ALICE)
    assert stage.update(posted)["ok"]
    assert stage.update(posted, channel=ALICE)["ok"] is False


def test_a_channel_without_the_bot_takes_answers_alone() -> None:
    stage = Stage()
    posted = stage.post(blocks=BLOCKS)
    stage.slack.without_bot["C01SUPPORT"] = "not_in_channel"
    assert stage.post()["error"] == "not_in_channel"
    assert stage.update(posted)["error"] == "not_in_channel"
    assert stage.respond(stage.press(stage.slack.seen[-1])["response_url"], replace_original=True, text="Going") == 200


def test_a_message_has_a_link() -> None:
    stage = Stage()
    posted = stage.post()
    form = {"channel": "C01SUPPORT", "message_ts": posted["ts"]}
    link = f"https://sweeppea.slack.com/archives/C01SUPPORT/p{posted['ts'].replace('.', '')}"
    assert stage.call("chat.getPermalink", **form)["permalink"] == link
    assert stage.call("chat.getPermalink", **form | {"channel": "C02OTHER"})["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("fault", "told", "shown"),
    [
        ("taken, reset", "ServerDisconnectedError", True),
        ("taken, silent", "TimeoutError", True),
        ("taken, 500", 500, True),
        ("reset", "ServerDisconnectedError", False),
        ("silent", "TimeoutError", False),
        ("500", 500, False),
        ("429", 429, False),
        ("429 for long", 429, False),
        ("404", 404, False),
        ("refused", "edit_window_closed", False),
    ],
)
def test_an_edit_meets_the_networks_faults(fault: str, told: object, *, shown: bool) -> None:
    assert fault in SLACK
    stage = Stage({fault: 1.0})
    posted, heard = stage.post(), list[object]()

    async def edit() -> None:
        try:
            answer = await stage.over_the_network("chat.update", channel="C01SUPPORT", ts=posted["ts"], text="Gone")
        except Exception as error:  # noqa: BLE001 - whatever it is
            heard.append(type(error).__name__)
        else:
            heard.append((await answer.json())["error"] if answer.status == 200 else answer.status)

    stage.run(edit)
    assert heard == [told]
    assert (len(stage.said) == 2) is shown


def what_stands_after_a_late_edit(seed: int) -> str:
    stage = Stage({"taken, late": 1.0}, seed=seed)
    posted = stage.post()

    async def edits() -> None:
        form = {"channel": "C01SUPPORT", "ts": posted["ts"]}
        with suppress(TimeoutError):
            await stage.over_the_network("chat.update", **form, text="Deleting…")
        stage.session.weather = replace(stage.session.weather, slack={})
        await stage.over_the_network("chat.update", **form, text="Deleted")

    stage.run(edits)
    return stage.said[-1].words


def test_an_edit_may_come_so_late_that_it_undoes_the_next_one() -> None:
    assert {what_stands_after_a_late_edit(seed) for seed in range(8)} == {"Deleting…", "Deleted"}
