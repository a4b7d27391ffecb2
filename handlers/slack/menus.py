"""A menu's choice, made the click on a button in its place: routes and handlers know buttons alone."""

from collections.abc import Awaitable, Callable

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.blockkit.blocks import chosen
from bot.messages.action_ids import ActionId


class MenuChoice(AsyncMiddleware):
    """Ahead of every route. Slack sends all options of a menu under one action id."""

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - the names are Bolt's
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse | None:
        for action in req.body.get("actions") or []:
            if action.get("action_id") == ActionId.MENU:
                option = action.pop("selected_option", None) or {}
                action["action_id"], action["value"] = chosen(str(option.get("value") or ""))
        return await next()
