"""A case number, and a ticket as the API describes it. Knows nothing else of the bot.

case_numbers    as a person types one, as an answer has one, and those in a text
contacts        ways to reach a person, in a line of text
dates           a date as an answer has one
fields          what a stranger's JSON may look like
ticket          the ticket
"""

from typing import Literal

from bot.tickets.case_numbers import (
    CASE_NUMBER_LENGTH,
    CaseNumber,
    ExactCaseNumber,
    case_number_from_json,
    find_case_numbers,
    find_possible_case_numbers,
    parse_case_number,
    strip_case_number,
)
from bot.tickets.dates import newest_first
from bot.tickets.fields import numbered_as_list
from bot.tickets.ticket import AccountInfo, HistoryEntry, Note, Ticket

Change = Literal["delete", "resolve"]
"""What can be done to a ticket from here."""

__all__ = [
    "CASE_NUMBER_LENGTH",
    "AccountInfo",
    "CaseNumber",
    "Change",
    "ExactCaseNumber",
    "HistoryEntry",
    "Note",
    "Ticket",
    "case_number_from_json",
    "find_case_numbers",
    "find_possible_case_numbers",
    "newest_first",
    "numbered_as_list",
    "parse_case_number",
    "strip_case_number",
]
