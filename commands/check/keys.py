"""The encryption keys against what is stored, and the step of a rotation: see docs/ledger.md for the four steps.

The database has the id of each key that a server has encrypted with, not the order in which the keys came: a key that
encrypts nothing may be the next one or the last one. So some lines name both cases.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from bot.ledger.database import Database
from bot.ledger.encryption import key_id
from bot.ledger.inspection import encrypted_values
from bot.ledger.keys import file_with_keys, given_keys, used_ids
from bot.settings import Settings
from commands.check.result import Result
from handlers.open_ledger import encryption_keys_of

NAME = "ENCRYPTION_KEYS"
_LOST = "where it is lost for good, `python app.py rotate --lost` takes out what nobody can read"


async def keys_result(settings: Settings, database: Database | None) -> Result:
    """`database` is None where there are no tables yet. Raises LedgerError."""
    texts = encryption_keys_of(settings)
    url = settings.database_url.get_secret_value()
    place, keys = await asyncio.to_thread(given_keys, url, texts)
    ids = [key_id(key) for key in keys]
    if database is None:
        return judge(place, ids, (), Counter())
    used, values = await used_ids(database), await encrypted_values(database)
    result = judge(place, ids, used, values)
    missing = {*used, *values} - {*ids}
    if missing and (file := await asyncio.to_thread(file_with_keys, url, texts, missing)):
        text = f"something is encrypted with a key of {file}, which is not read while {NAME} is set"
        return Result(NAME, ok=False, text=text, hint=f"put what stands in {file} at the end of {NAME}, after a comma")
    return result


def judge(place: str, ids: Sequence[bytes], used: Collection[bytes], values: Mapping[bytes, int]) -> Result:  # noqa: PLR0911 - one for each state
    """`ids` of the keys in their order, `used` of those on record, `values` how many each has encrypted."""
    where = "" if place == NAME else f"{place}: "
    known = {*used, *(found for found, count in values.items() if count)}
    if missing := known - {*ids}:
        return _missing(place, ids, known, missing, values)
    if not ids:
        return Result(NAME, ok=True, text=f"{place} is made at the first start")
    first, *others = ids
    if not known:
        return Result(NAME, ok=True, text=f"{where}nothing is encrypted yet")
    if first not in known:
        hint = "step 2 of a change: every process must have it by now (step 1); start them all, then rotate (step 3)"
        return Result(NAME, ok=True, text=f"{where}the first key has encrypted nothing yet", hint=hint)
    if older := known - {first}:
        count = sum(values.get(found, 0) for found in older)
        hint = "once the new key is first in every process, `python app.py rotate` (step 3 of a change)"
        return Result(
            NAME, ok=True, text=f"{where}a key behind the first is still in use, for {_counted(count)}", hint=hint
        )
    if others:
        text = f"{where}everything is encrypted with the first key, nothing with {_number(len(others))} behind it"
        hint = "a new key: put it first once every process has it (step 2); an old one: take it out (step 4)"
        return Result(NAME, ok=True, text=text, hint=hint)
    return Result(NAME, ok=True, text=f"{where}everything is encrypted with its only key")


def _missing(
    place: str, ids: Sequence[bytes], known: Collection[bytes], missing: Collection[bytes], values: Mapping[bytes, int]
) -> Result:
    count = sum(values.get(found, 0) for found in missing)
    names = ", ".join(sorted(found.hex() for found in missing))
    if not ids:
        text = f"{place} is not there, and {_counted(count)} can't be read without its key"
        return Result(NAME, ok=False, text=text, hint=f"put it back, or the key into {NAME}; {_LOST}")
    lost = f"{_counted(count)} can't be read without the key {names}" if count else f"the key {names} is on record"
    text = f"{lost}, and {place} has not got it"
    if not {*ids} & {*known}:
        skipped = "the old key was replaced, which skips steps 1 to 3 of a change (or this is another database's key)"
    else:
        skipped = (
            "either another process encrypts with a new key that was never put last here (step 1 was skipped), or an "
            "old one was taken out before `python app.py rotate` (step 3 was skipped)"
        )
    return Result(NAME, ok=False, text=f"{text}: {skipped}", hint=f"put it in, at the end; {_LOST}")


def _counted(values: int) -> str:
    return f"{values} value{'' if values == 1 else 's'}"


def _number(count: int) -> str:
    return "the one" if count == 1 else f"the {count}"
