"""All that a person sees in a message of Slack's, as text: what was typed, and what an app or an e-mail put there.

What only a program reads (ids, values, types) is left out, and so are emoji, mentions, and texts that stand in for
something. A link is its label and its address: both may name a ticket.

Facts: docs.slack.dev/reference/block-kit, …/legacy/legacy-messaging/legacy-secondary-message-attachments,
…/reference/objects/file-object.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_MAX_DEPTH = 16  # objects inside of one another; Slack's have six
_ATTACHMENT = (
    *("pretext", "service_name", "author_name", "author_subname", "author_link", "title", "title_link", "text"),
    *("fields", "blocks", "message_blocks", "files", "actions", "footer"),
)
_FILE = ("alt_txt", "subject", "plain_text")
_RUNS = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
_SHOWN = {
    *("text", "title", "subtitle", "subtext", "body", "description", "caption", "label", "hint", "placeholder"),
    *("alt_text", "author_name", "provider_name"),
}
_ADDRESSES = {"url", "title_url"}
_HIDDEN = {"confirm", "style", "metadata"}
_PLACEHOLDERS = {
    "no fallback defined",
    "[no preview available]",
    "this content can't be displayed.",
    "this message contains interactive elements.",
}

_TOKEN = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_EMOJI = re.compile(r":(?=[^\s:]*[a-z])[a-z0-9_+'-]{1,100}:")
_NO_ADDRESS = ("mailto:", "tel:")


def message_text(message: Mapping[str, Any]) -> str:
    """Raises nothing, whatever the message looks like; one line at least for each of its parts."""
    return "\n".join(
        part
        for part in (
            *_text(message.get("text")),
            *_parts(message.get("blocks")),
            *(part for attachment in _objects(message.get("attachments")) for part in _attachment(attachment)),
            *(part for file in _objects(message.get("files")) for part in _file(file)),
        )
        if part.strip()
    )


def _attachment(attachment: Mapping[str, Any]) -> Iterator[str]:
    """A fallback stands for an attachment that shows nothing else."""
    shown = [part for key in _ATTACHMENT for part in _attached(key, attachment.get(key))]
    yield from shown or _text(attachment.get("fallback"))


def _attached(key: str, value: object) -> Iterator[str]:
    if key == "fields":
        for field in _objects(value):
            yield from (*_text(field.get("title")), *_text(field.get("value")))
    elif key == "files":
        for file in _objects(value):
            yield from _file(file)
    elif key.endswith("_link"):
        yield from _address(value)
    else:
        yield from _parts(value) if isinstance(value, list) else _text(value)


def _file(file: Mapping[str, Any]) -> Iterator[str]:
    """A file is named by its title; an e-mail has a text, and a `preview` that is HTML."""
    yield from _text(file.get("title") or file.get("name"))
    for key in _FILE:
        yield from _text(file.get(key))
    if "plain_text" not in file:
        yield from _text(file.get("preview"))


def _parts(value: object, depth: int = 0) -> Iterator[str]:
    """Blocks, and what is in them, in their order."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _parts(item, depth + 1)
    elif isinstance(value, Mapping):
        yield from _block(value, depth)


def _block(block: Mapping[str, Any], depth: int) -> Iterator[str]:
    if block.get("type") in _RUNS:
        yield from _line(_objects(block.get("elements")))
        return
    for key, inner in block.items():
        if key in _ADDRESSES:
            yield from _address(inner)
        elif key in _SHOWN and isinstance(inner, str):
            yield from _text(inner)
        elif key not in _HIDDEN:
            yield from _parts(inner, depth + 1)


def _line(runs: list[Mapping[str, Any]]) -> Iterator[str]:
    """A word may change its style in the middle, so runs are read as one text; the addresses of links behind it."""
    yield html.unescape("".join(text if isinstance(text := run.get("text"), str) else " " for run in runs))
    for run in runs:
        yield from _address(run.get("url"))


def _text(value: object) -> Iterator[str]:
    """A text of Slack's own format as it is seen."""
    if isinstance(value, str) and value.strip().lower() not in _PLACEHOLDERS:
        yield html.unescape(_EMOJI.sub(" ", _TOKEN.sub(_shown, value)))


def _shown(token: re.Match[str]) -> str:
    """A link's label and address; nothing of a mention or a date."""
    target, label = token.groups()
    return " " if target.startswith(("@", "#", "!")) else f" {label or ''} {' '.join(_address(target))} "


def _address(value: object) -> Iterator[str]:
    """Without its percent-encoding, in which a case number touches what stands before it."""
    if isinstance(value, str) and not value.startswith(_NO_ADDRESS):
        yield unquote(value)


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
