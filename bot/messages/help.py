"""Usage, help, what this bot is and what somebody may do with it, and which ticket of several."""

from collections.abc import Collection, Sequence

from bot.blockkit import text
from bot.blockkit.blocks import Block, Message, actions, button, code, context, count, section
from bot.messages.action_ids import ActionId
from bot.messages.commands import DELETE, VIEW
from bot.messages.contact import who_to_ask
from bot.messages.errors import why_denied
from bot.policy import Denial
from bot.tickets import CASE_NUMBER_LENGTH, CaseNumber, parse_case_number, strip_case_number

_PURPOSE = {
    VIEW: f"`{VIEW} [case number]` shows a support ticket.",
    DELETE: f"`{DELETE} [case number]` asks to delete an open ticket. Nothing is deleted before somebody confirms.",
}
_SHORTCUT = "*Look up ticket*, in a message's ⋮ menu, shows the tickets that it names. It works in threads too."
_ABOUT = f"`{VIEW} about` shows who runs this bot, and what you can do here."
_CASE_NUMBER = f"A case number has {CASE_NUMBER_LENGTH} letters or digits, like `ABC1234`."
_MAX_ECHO = 30


def asks_for_help(typed: str) -> bool:
    """Everybody is answered, also who may not look."""
    return typed.strip().lower() in {"", "help"}


def asks_about(typed: str) -> bool:
    return typed.strip().lower() == "about"


def usage(command: str, typed: str) -> Message:
    """What is wrong comes first: whoever mistyped a number knows what the command is for."""
    typed = typed.strip()
    if typed.lower() == "help":
        return _help(command)
    form = code(f"{command} [case number]")
    more = f"`{command} help` for more"
    if wrong := _what_is_wrong(typed):
        body = f"{wrong} {_CASE_NUMBER}"
        return Message(f"{body} {form}", (section(body), context(form, more)))
    return Message(f"{_PURPOSE[command]} {_CASE_NUMBER}", (section(_PURPOSE[command], _CASE_NUMBER), context(more)))


def _help(command: str) -> Message:
    """Its own purpose first."""
    others = [purpose for name, purpose in _PURPOSE.items() if name != command]
    ways = [_PURPOSE[command], *others, _SHORTCUT, _ABOUT]
    return Message(" ".join([*ways, _CASE_NUMBER]), (section(*(f"• {way}" for way in ways)), context(_CASE_NUMBER)))


def _what_is_wrong(typed: str) -> str:
    """True of the text as it is seen, without what is forgiven around a case number."""
    visible = text.one_line(strip_case_number(typed))
    words = visible.split()
    if not words:
        return ""
    if len(words) > 1:
        return f"That was {count(len(words), 'word')}. One case number at a time."
    shown, length = text.mrkdwn(visible, _MAX_ECHO), text.count_characters(visible)
    if parse_case_number(visible):
        return f"“{shown}” has a character in it that can't be seen."
    if length != CASE_NUMBER_LENGTH:
        return f"“{shown}” has {count(length, 'character')}."
    return f"“{shown}” has something other than letters A to Z and digits in it."


def about(
    version: str,
    bot_contact: str,
    *,
    view: Denial | None,
    delete: Denial | None,
    channels: Collection[str] = (),
    workspace: str = "",
    second_person: bool = False,
) -> Message:
    """`view` and `delete` are why the person may not, None where they may."""
    deleting = "You can delete open tickets here. You confirm each one."
    asking = "You can ask to delete open tickets here. A second person must confirm."
    can = {"You can look at tickets here.": view, asking if second_person else deleting: delete}
    lines = [
        f":lock: {why_denied(denial, bot_contact, channels, workspace)}" if denial else f":white_check_mark: {words}"
        for words, denial in can.items()
    ]
    title = f"*Sweeppea ticket bot* {version}"
    body = list(dict.fromkeys(lines))  # one reason may stand for both
    ask = f"Questions? Ask {who_to_ask(bot_contact, private=True)}."
    return Message(" ".join((title, *body, ask)), (section(title, *body), context(ask, f"`{VIEW} help` for more")))


def no_case_number() -> Message:
    title = "There is no case number in that message."
    body = f"{_CASE_NUMBER} You can also type it: `{VIEW} [case number]`"
    return Message(f"{title} {body}", (section(f":mag: *{title}*", body),))


def choice(case_numbers: Sequence[CaseNumber], *, more: int) -> Message:
    """Which of the case numbers in a message? `more` of them are not offered."""
    title = f"That message has {count(len(case_numbers) + more, 'case number')} in it. Which ticket?"
    others = f"{count(more, 'more case number')}: use `{VIEW} [case number]`"
    foot = [context(others)] if more else []
    return Message(f"{title} {', '.join(case_numbers)}", (section(title), _look_ups(case_numbers), *foot))


def guess(words: Sequence[CaseNumber]) -> Message:
    """Words of seven lower-case letters, where a message has no case number that looks like one."""
    title = "There is no case number in that message. Is it one of these words?"
    hint = f"or type it: `{VIEW} [case number]`"
    return Message(f"{title} {', '.join(words)}, {hint}", (section(title), _look_ups(words), context(hint)))


def _look_ups(case_numbers: Sequence[CaseNumber]) -> Block:
    return actions(
        *(
            button(number, ActionId.LOOK_UP, number, suffix=str(at), hint=f"{number}: look up this ticket")
            for at, number in enumerate(case_numbers)
        )
    )


def still_looking(case_number: CaseNumber, ahead: int) -> Message:
    """To somebody who waits, `ahead` lookups of others being served first."""
    are = "lookup is" if ahead == 1 else "lookups are"
    line = f"Still looking up {code(case_number)}" + (f". {ahead:,} {are} ahead of yours." if ahead else "…")
    return Message(line, (section(f":hourglass_flowing_sand: {line}"),))
