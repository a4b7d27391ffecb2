"""What the fake Slack makes of the bot's own messages: who may post where, and what can be edited in which way."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import FakeSlack, Fault, Json, SlackMessage

ALICE = "U01ALICE"
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "1"}
BLOCKS = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Go?"}},
    {"type": "actions", "elements": [BUTTON]},
]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        yield running


@pytest.fixture
def web(slack: FakeSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/")


async def call(web: AsyncWebClient, method: str, **form: Any) -> Json:  # noqa: ANN401
    """The answer, be it a refusal."""
    content = {key: value for key, value in form.items() if value is not None}
    how: dict[str, Any] = {"http_verb": "GET", "params": content} if "get" in method else {"json": content}
    try:
        answer = await web.api_call(method, **how)
    except SlackApiError as error:
        answer = error.response
    assert isinstance(answer.data, dict)
    return answer.data


async def post(web: AsyncWebClient, channel: str = "C01SUPPORT", **form: Any) -> Json:  # noqa: ANN401
    return await call(web, "chat.postMessage", channel=channel, text="Go?", **form)


async def update(web: AsyncWebClient, posted: Json, **form: Any) -> Json:  # noqa: ANN401
    return await call(web, "chat.update", **{"channel": posted["channel"], "ts": posted["ts"], "text": "Gone", **form})


async def respond(slack: FakeSlack, source: SlackMessage, **body: object) -> int:
    """Over the response_url that a click in the message brings."""
    url = slack.click_payload(ALICE, source, BUTTON)["response_url"]
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status


async def test_what_the_bot_posted_it_can_edit(slack: FakeSlack, web: AsyncWebClient) -> None:
    posted = await post(web, blocks=BLOCKS)
    edited = await update(web, posted, blocks=[BLOCKS[0]])
    [message] = slack.messages
    assert (edited["ok"], edited["channel"], edited["ts"]) == (True, "C01SUPPORT", posted["ts"])
    assert (message.text, message.blocks, message.edits) == ("Gone", [BLOCKS[0]], 1)
    assert [slack.changed.get_nowait() for _ in range(2)] == [message, message]
    assert slack.refused == []


async def test_an_edit_without_blocks_takes_them_away(slack: FakeSlack, web: AsyncWebClient) -> None:
    await update(web, await post(web, blocks=BLOCKS))
    assert [(message.text, message.blocks) for message in slack.messages] == [("Gone", [])]


async def test_an_edit_that_slack_would_not_take_changes_nothing(slack: FakeSlack, web: AsyncWebClient) -> None:
    posted = await post(web, blocks=BLOCKS)
    errors = [
        await update(web, posted, text="x" * 4001),
        await update(web, posted, text="", blocks=[]),
        await update(web, posted, blocks=[{"type": "section"}]),
        await update(web, posted, text=None, blocks=BLOCKS),  # Slack would take it, and read nobody anything
        await update(web, posted, ts="1.000001"),
        await update(web, posted, channel="C02OTHER"),
        await update(web, posted, channel=ALICE),
    ]
    assert [answer["error"] for answer in errors] == [
        "msg_too_long",
        "no_text",
        "invalid_blocks",
        "invalid_blocks",
        "message_not_found",
        "message_not_found",
        "channel_not_found",
    ]
    assert (slack.messages[0].text, slack.messages[0].edits) == ("Go?", 0)
    assert [reason.partition(";")[0] for reason in slack.refused] == [
        "msg_too_long",
        "no_text",
        "invalid_blocks",
        "invalid_blocks",
    ]


async def test_what_came_over_a_response_url_cannot_be_edited_so(slack: FakeSlack, web: AsyncWebClient) -> None:
    await post(web)
    for visibility in ("in_channel", "ephemeral"):
        body = {"response_type": visibility, "replace_original": False, "text": "Look"}
        assert await respond(slack, slack.messages[0], **body) == 200
    for posted in slack.messages[1:]:
        answer = await update(web, {"channel": posted.channel, "ts": posted.ts})
        assert (answer["error"], posted.text) == ("cant_update_message", "Look")


async def test_what_somebody_else_wrote_cannot_be_edited(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.messages.append(SlackMessage("1.000001", "C01SUPPORT", None, {"text": "hello"}))
    answer = await update(web, {"channel": "C01SUPPORT", "ts": "1.000001"})
    assert answer["error"] == "cant_update_message"


async def test_a_click_on_the_bots_own_message_edits_it_too(slack: FakeSlack, web: AsyncWebClient) -> None:
    posted = await post(web, blocks=BLOCKS, thread_ts="1.000001")
    [message] = slack.messages
    body = slack.click_payload(ALICE, message, message.button("Go"))
    assert body["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "C01SUPPORT",
        "thread_ts": "1.000001",
        "is_ephemeral": False,
    }
    assert (body["message"]["ts"], body["message"]["thread_ts"]) == (posted["ts"], "1.000001")
    assert await respond(slack, message, replace_original=True, text="Going") == 200
    assert (message.text, message.thread_ts) == ("Going", "1.000001")
    assert (await update(web, posted))["ok"]
    assert (message.text, message.thread_ts, message.edits) == ("Gone", "1.000001", 2)


async def test_a_direct_message_has_a_channel_of_its_own(slack: FakeSlack, web: AsyncWebClient) -> None:
    posted = await post(web, ALICE, blocks=BLOCKS)
    [message] = slack.messages
    assert (posted["channel"], message.channel, message.visible_to) == ("D01ALICE", ALICE, ALICE)
    body = slack.click_payload(ALICE, message, message.button("Go"))
    assert (body["channel"]["id"], body["container"]["is_ephemeral"]) == ("D01ALICE", False)
    assert body["message"]["ts"] == posted["ts"]
    assert (await update(web, posted, channel=ALICE))["error"] == "channel_not_found"
    assert (await update(web, posted))["channel"] == "D01ALICE"
    assert message.text == "Gone"


@pytest.mark.parametrize(
    ("channel", "why"),
    [("C01SUPPORT", "not_in_channel"), ("G01SECRET", "channel_not_found"), ("D01", "channel_not_found")],
)
async def test_a_channel_without_the_bot_takes_nothing(
    slack: FakeSlack, web: AsyncWebClient, channel: str, why: str
) -> None:
    posted = await post(web, channel)
    slack.chat.take_out(channel)
    assert (await post(web, channel))["error"] == why
    assert (await update(web, posted))["error"] == why
    assert [message.text for message in slack.messages] == ["Go?"]
    assert slack.refused == []


async def test_an_archived_channel_says_so(slack: FakeSlack, web: AsyncWebClient) -> None:
    posted = await post(web)
    slack.chat.refusals["C01SUPPORT"] = "is_archived"
    assert (await post(web))["error"] == "is_archived"
    assert (await update(web, posted))["error"] == "is_inactive"


async def test_a_channel_without_the_bot_still_takes_answers(slack: FakeSlack, web: AsyncWebClient) -> None:
    await post(web)
    slack.chat.take_out("C01SUPPORT")
    body = {"response_type": "in_channel", "replace_original": False, "text": "Look"}
    assert await respond(slack, slack.messages[0], **body) == 200


async def test_a_message_has_a_link(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.clock = lambda: 1_795_000_000.0
    posted, reply, direct = await post(web), await post(web, thread_ts="1.000001"), await post(web, ALICE)

    async def link(posted: Json) -> str:
        form = {"channel": posted["channel"], "message_ts": posted["ts"]}
        answer = await call(web, "chat.getPermalink", **form)
        return str(answer.get("permalink") or answer["error"])

    slack.chat.take_out("C01SUPPORT")
    assert await link(posted) == "https://sweeppea.slack.com/archives/C01SUPPORT/p1795000000000001"
    assert (await link(reply)).endswith("/p1795000000000002?thread_ts=1.000001&cid=C01SUPPORT")
    assert (await link(direct)).endswith("/archives/D01ALICE/p1795000000000003")
    assert await link(posted | {"ts": "1.000009"}) == "message_not_found"
    assert await link(posted | {"channel": ALICE}) == "channel_not_found"
    slack.chat.take_out("G01SECRET")
    assert await link(posted | {"channel": "G01SECRET"}) == "channel_not_found"
    assert slack.refused == []


async def test_a_fault_stands_in_for_the_answer(slack: FakeSlack, web: AsyncWebClient) -> None:
    posted = await post(web)
    slack.faults["chat.update"].append(Fault(error="edit_window_closed"))
    assert (await update(web, posted))["error"] == "edit_window_closed"
    assert (slack.faulted.get_nowait(), slack.messages[0].edits) == ("chat.update", 0)


async def test_an_answer_can_be_lost_of_what_slack_did_all_the_same(slack: FakeSlack, web: AsyncWebClient) -> None:
    posted = await post(web)
    slack.faults["chat.update"].append(Fault(500, is_taken=True))
    slack.faults["response_url"].append(Fault(500, is_taken=True))
    assert (await update(web, posted))["ok"] is False
    assert (slack.messages[0].text, slack.messages[0].edits) == ("Gone", 1)
    assert await respond(slack, slack.messages[0], replace_original=True, text="Going") == 500
    assert (slack.messages[0].text, slack.messages[0].edits) == ("Going", 2)


async def test_an_answer_that_slack_would_not_take_is_refused(slack: FakeSlack, web: AsyncWebClient) -> None:
    assert (await post(web, blocks=[{"type": "section"}]))["error"] == "invalid_blocks"
    await post(web)
    [message] = slack.messages
    assert await respond(slack, message, replace_original=True, text="") == 400
    assert await respond(slack, message, text="Whose?") == 400
    url = slack.click_payload(ALICE, message, BUTTON)["response_url"]
    async with aiohttp.ClientSession() as session:
        statuses = [(await session.post(url, json={"replace_original": True, "text": "Go"})).status for _ in range(6)]
    assert statuses == [200] * 5 + [404]
    assert [reason.partition(";")[0] for reason in slack.refused] == [
        "invalid_blocks",
        "invalid_payload",
        "invalid_payload",
        "used_url",
    ]


async def schedule(slack: FakeSlack, web: AsyncWebClient, ahead_s: float, channel: str = "C01SUPPORT") -> Json:
    return await call(web, "chat.scheduleMessage", channel=channel, text="Go?", post_at=int(slack.clock() + ahead_s))


async def take_back(web: AsyncWebClient, key: str, channel: str = "C01SUPPORT") -> Json:
    return await call(web, "chat.deleteScheduledMessage", channel=channel, scheduled_message_id=key)


async def test_what_is_scheduled_is_posted_nowhere_and_taken_back_once(slack: FakeSlack, web: AsyncWebClient) -> None:
    key = (await schedule(slack, web, 86_400))["scheduled_message_id"]
    assert slack.messages == []
    assert (await take_back(web, key, "C02OTHER"))["error"] == "invalid_scheduled_message_id"
    assert await take_back(web, key) == {"ok": True}
    assert slack.chat.scheduled == {}
    assert (await take_back(web, key))["error"] == "invalid_scheduled_message_id"


@pytest.mark.parametrize(("ahead_s", "error"), [(-5, "time_in_past"), (121 * 86_400, "time_too_far")])
async def test_a_time_that_slack_would_not_take_is_refused(
    slack: FakeSlack, web: AsyncWebClient, ahead_s: int, error: str
) -> None:
    assert (await schedule(slack, web, ahead_s))["error"] == error


async def test_what_is_due_soon_is_not_taken_back(slack: FakeSlack, web: AsyncWebClient) -> None:
    key = (await schedule(slack, web, 30))["scheduled_message_id"]
    assert (await take_back(web, key))["error"] == "invalid_scheduled_message_id"


async def test_nothing_is_scheduled_where_the_bot_may_not_post(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.chat.take_out("C09AUDIT")
    assert (await schedule(slack, web, 86_400, "C09AUDIT"))["error"] == "not_in_channel"
    assert (await call(web, "chat.scheduleMessage", channel="C01SUPPORT", post_at=1))["error"] == "no_text"


async def test_without_its_scope_nothing_is_posted_and_the_scope_is_named(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    assert (await web.auth_test()).headers["X-OAuth-Scopes"] == "chat:write,commands"
    slack.scopes.remove("chat:write")
    for answer in (await post(web), await schedule(slack, web, 86_400)):
        assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
