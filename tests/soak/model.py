"""Who may do what, and what ought to come of it where nothing goes wrong: said anew, without the bot's own code."""

import re

from bot.sandbox.slack import TEAM
from tests.soak.journal import Delivery, Journal, Said, State
from tests.soak.truth import CANCEL, CHECK, PRESSES

ASKS = ("/ticket-delete", "ask_to_delete_ticket")
AUDITED = (*ASKS, *PRESSES, CANCEL, CHECK)


def for_the_record(delivery: Delivery) -> bool:
    """Whether it has to leave an audit line: who asks for help, or slips, asks for no deletion."""
    names_a_ticket = delivery.action != "/ticket-delete" or bool(re.fullmatch("[A-Za-z0-9]{7}", delivery.value))
    return delivery.action in AUDITED and names_a_ticket


def may(delivery: Delivery) -> bool:
    settings, user, requester = delivery.settings, delivery.user, delivery.carried.get("requester")
    member, listed = delivery.team == TEAM, user in settings.ticket_deleters.ids
    here = not settings.ticket_channels or delivery.channel in settings.ticket_channels
    if delivery.action == CHECK:
        return member
    if delivery.action == CANCEL:
        return member and here and (listed or user == requester)
    if delivery.action in ASKS:
        return member and here and listed
    theirs = user != requester if settings.delete_second_person else user == requester
    return member and here and listed and theirs


def in_time(press: Delivery) -> bool:
    return press.at < int(press.carried["asked_at"]) + press.settings.delete_prompt_ttl_s


def prompt(journal: Journal, prompt_id: str) -> Said | None:
    """The message that first showed the prompt."""
    return next((said for said in journal.said if any(f'"id":"{prompt_id}"' in value for value in said.values)), None)


def shown(journal: Journal, prompt_id: str) -> set[State]:
    """The states of the ticket that the prompt may have shown: those it was in while it was being read."""
    said = prompt(journal, prompt_id)
    if said is None or said.delivery is None:
        return set()
    return journal.between(said.delivery.ticket, said.delivery.started, said.at)


def unchanged(journal: Journal, press: Delivery, until: int) -> bool:
    """Whether the ticket was, at some time of the press, open and as the prompt showed it."""
    same = shown(journal, press.prompt_id) & journal.between(press.ticket, press.started, until)
    return any(state is not None and state[0] is False for state in same)


def touched_before(journal: Journal, press: Delivery) -> bool:
    """Whether in the same process somebody who may had pressed a button of the same prompt."""
    others = journal.on_prompt(press.prompt_id, *PRESSES, CANCEL)
    return any(one.bot == press.bot and one.number < press.number and may(one) for one in others)


def ought_to_work(journal: Journal, press: Delivery) -> bool:
    """Whether a press that nothing stood in the way of has to delete or resolve."""
    if press.action == "resolve_ticket" and not press.settings.ticket_resolve:
        return False
    end = press.ended or press.started
    return may(press) and in_time(press) and unchanged(journal, press, end)
