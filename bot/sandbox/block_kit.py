"""Block Kit's rules: what in a message or a view Slack would refuse. Lengths are in UTF-16 code units."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from bot.blockkit import limits
from bot.blockkit.text import utf16_len
from bot.sandbox.schema import Validator, flag, list_of, object_of, one_of, string, typed, url, whole


def violations(payload: Mapping[str, Any]) -> list[str]:
    """What in a message ({"text", "blocks"}) or in a modal view Slack would refuse, or we should not send; in words."""
    if unsendable := _unsendable(payload):
        return [unsendable]
    if payload.get("type") == "modal":
        return list(chain(_MODAL(payload, "view"), _ids(payload.get("blocks")), _lacks_submit(payload)))
    return list(chain(_message(payload), _ids(payload.get("blocks"))))


def _unsendable(payload: Mapping[str, Any]) -> str:
    try:
        json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return f"cannot be sent as JSON: {error}"
    return ""


def _message(message: Mapping[str, Any]) -> Iterator[str]:
    if "text" in message or "blocks" in message:
        yield from string(limits.FALLBACK_TEXT)(message.get("text"), "text")
    if "blocks" in message:
        yield from list_of(_BLOCK, limits.BLOCKS_PER_MESSAGE, minimum=0)(message["blocks"], "blocks")
        yield from _size(message["blocks"], limits.BLOCKS_JSON, "blocks")


def _size(value: object, maximum: int, path: str) -> Iterator[str]:
    if (size := utf16_len(json.dumps(value, ensure_ascii=False))) > maximum:
        yield f"{path}: {size} characters as JSON, at most {maximum}"


def _ids(blocks: object) -> Iterator[str]:
    """Slack's two rules of uniqueness."""
    known = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list | tuple) else []
    yield from (f"blocks: block_id {twice!r} twice" for twice in _repeated(known, "block_id"))
    for number, block in enumerate(known):
        elements = block.get("elements")
        inner = (
            [element for element in elements if isinstance(element, dict)] if isinstance(elements, list | tuple) else []
        )
        yield from (f"blocks[{number}]: action_id {twice!r} twice" for twice in _repeated(inner, "action_id"))


def _repeated(things: list[dict[str, Any]], key: str) -> set[str]:
    values = [str(thing[key]) for thing in things if key in thing]
    return {value for value in values if values.count(value) > 1}


def _lacks_submit(view: Mapping[str, Any]) -> Iterator[str]:
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list | tuple) and any(
        isinstance(b, dict) and b.get("type") == "input" for b in blocks
    )
    if has_input and "submit" not in view:
        yield "view: an input block needs a submit button"
    yield from _size(view, limits.VIEW_JSON, "view")


def _plain(maximum: int) -> Validator:
    return typed(plain_text=object_of({"text": string(maximum)}, {"emoji": flag}))


def _text(maximum: int) -> Validator:
    mrkdwn = object_of({"text": string(maximum)}, {"verbatim": flag})
    return typed(mrkdwn=mrkdwn, plain_text=object_of({"text": string(maximum)}, {"emoji": flag}))


_WEB = url(limits.URL, "https", "http")
_ACTION = {"action_id": string(limits.ID)}
_STYLE = one_of("primary", "danger")
_CONFIRM = object_of(
    {
        "title": _plain(limits.CONFIRM_TITLE),
        "text": _text(limits.CONFIRM_TEXT),
        "confirm": _plain(limits.CONFIRM_BUTTON),
        "deny": _plain(limits.CONFIRM_BUTTON),
    },
    {"style": _STYLE},
)
_OPTION = object_of(
    {"text": _text(limits.OPTION_TEXT), "value": string(limits.OPTION_VALUE)},
    {"description": _text(limits.OPTION_TEXT), "url": _WEB},
)
_CONTROLS: dict[str, Validator] = {
    "button": object_of(
        {"text": _plain(limits.BUTTON_TEXT), **_ACTION},
        {
            "value": string(limits.BUTTON_VALUE),
            "url": _WEB,
            "style": _STYLE,
            "confirm": _CONFIRM,
            "accessibility_label": string(limits.ACCESSIBILITY_LABEL),
        },
    ),
    "overflow": object_of({"options": list_of(_OPTION, limits.OVERFLOW_OPTIONS), **_ACTION}, {"confirm": _CONFIRM}),
    "static_select": object_of(
        {"options": list_of(_OPTION, limits.SELECT_OPTIONS), **_ACTION},
        {"placeholder": _plain(limits.PLACEHOLDER), "initial_option": _OPTION, "confirm": _CONFIRM},
    ),
    "radio_buttons": object_of(
        {"options": list_of(_OPTION, limits.CHOICES), **_ACTION}, {"initial_option": _OPTION, "confirm": _CONFIRM}
    ),
}
_TEXT_INPUT = object_of(
    _ACTION,
    {"placeholder": _plain(limits.PLACEHOLDER), "multiline": flag, "initial_value": string(limits.SECTION_TEXT)},
)
_STYLES = dict.fromkeys(("bold", "italic", "strike", "code"), flag)
_STYLED = {"style": object_of({}, _STYLES, any_of=" ".join(_STYLES))}
_RUN = {"text": string(limits.RICH_TEXT_RUN, r"(?s).+")}
_LINK = object_of({"url": url(limits.URL, "https", "http", "mailto")}, {**_RUN, **_STYLED})
_SLACK_ID = string(limits.ID, r"[A-Z0-9]+")
# No `broadcast`: nothing that is sent here may call a whole channel.
_INLINE = typed(
    text=object_of(_RUN, _STYLED),
    link=_LINK,
    date=object_of(
        {"timestamp": whole(0, 2**40), "format": string(limits.ID)},
        {"fallback": string(limits.ID), "url": _WEB, **_STYLED},
    ),
    emoji=object_of({"name": string(limits.ID, r"[\w+'-]+")}, {"unicode": string(limits.ID), **_STYLED}),
    user=object_of({"user_id": _SLACK_ID}, _STYLED),
    channel=object_of({"channel_id": _SLACK_ID}, _STYLED),
)
_BORDER = {"border": one_of(0, 1)}
_RUNS = {"elements": list_of(_INLINE, limits.BLOCKS_JSON)}
_SECTION = object_of(_RUNS)
_RICH_TEXT = typed(
    rich_text_section=_SECTION,
    rich_text_quote=object_of(_RUNS, _BORDER),
    rich_text_preformatted=object_of(
        {"elements": list_of(typed(text=object_of(_RUN), link=_LINK), limits.BLOCKS_JSON)}, _BORDER
    ),
    rich_text_list=object_of(
        {
            "style": one_of("bullet", "ordered"),
            "elements": list_of(typed(rich_text_section=_SECTION), limits.BLOCKS_JSON),
        },
        {"indent": whole(0, limits.LIST_INDENT), "offset": whole(0, 10**6), **_BORDER},
    ),
)
_IMAGE = object_of({"image_url": _WEB, "alt_text": string(limits.IMAGE_TEXT)}, {"title": _plain(limits.IMAGE_TEXT)})
_BLOCK_ID = {"block_id": string(limits.ID)}
_BLOCK = typed(
    section=object_of(
        {},
        {
            "text": _text(limits.SECTION_TEXT),
            "fields": list_of(_text(limits.FIELD_TEXT), limits.SECTION_FIELDS),
            "accessory": typed(**_CONTROLS, image=_IMAGE),
            "expand": flag,
            **_BLOCK_ID,
        },
        any_of="text fields",
    ),
    header=object_of({"text": _plain(limits.HEADER)}, _BLOCK_ID),
    context=object_of(
        {
            "elements": list_of(
                typed(mrkdwn=_text(limits.CONTEXT_TEXT), plain_text=_text(limits.CONTEXT_TEXT), image=_IMAGE),
                limits.CONTEXT_ELEMENTS,
            )
        },
        _BLOCK_ID,
    ),
    actions=object_of({"elements": list_of(typed(**_CONTROLS), limits.ACTIONS_ELEMENTS)}, _BLOCK_ID),
    divider=object_of({}, _BLOCK_ID),
    image=object_of(
        {"image_url": _WEB, "alt_text": string(limits.IMAGE_TEXT)}, {"title": _plain(limits.IMAGE_TEXT), **_BLOCK_ID}
    ),
    rich_text=object_of({"elements": list_of(_RICH_TEXT, limits.BLOCKS_JSON)}, _BLOCK_ID),
    input=object_of(
        {"label": _plain(limits.INPUT_TEXT), "element": typed(**_CONTROLS, plain_text_input=_TEXT_INPUT)},
        {"hint": _plain(limits.INPUT_TEXT), "optional": flag, "dispatch_action": flag, **_BLOCK_ID},
    ),
)
_MODAL = object_of(
    {"title": _plain(limits.VIEW_TITLE), "blocks": list_of(_BLOCK, limits.BLOCKS_PER_VIEW)},
    {
        "submit": _plain(limits.VIEW_TITLE),
        "close": _plain(limits.VIEW_TITLE),
        "private_metadata": string(limits.PRIVATE_METADATA, r"(?s).*"),
        "callback_id": string(limits.ID),
        "external_id": string(limits.ID),
        "clear_on_close": flag,
        "notify_on_close": flag,
    },
)
