"""What `app.py check` says of the encryption keys, at each step of a change of them and where a step was skipped."""

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.connect import connect
from bot.ledger.encryption import key_id, place
from bot.ledger.keys import load_cipher, new_key, parse_keys
from bot.ledger.rotation import rotate
from bot.runtime import Runtime
from commands.check.keys import NAME, judge
from commands.check.result import Result
from tests.bot.ledger.rows import change
from tests.commands.check.checking import broken, check, settings_of, start_once
from tests.support.world import World

OLD, NEW = (new_key(Runtime().random) for _ in range(2))


def hexed(key: str) -> str:
    return key_id(parse_keys(key, NAME)[0]).hex()


async def line(world: World, url: str, *keys: str) -> Result:
    settings = settings_of(world, Path(), database_url=url, encryption_keys=",".join(keys))
    found = await check(settings, world)
    assert broken(found) <= {NAME}
    return found[NAME]


async def start(url: str, *keys: str) -> None:
    """A server that keeps a value and ends."""
    runtime = Runtime()
    async with connect(url, runtime=runtime, version="0.1.0", lock=True) as database:
        cipher = await load_cipher(database, url, ",".join(keys), runtime)
        row = runtime.token_hex(6)
        await database.commit(change(row, copy=cipher.encrypt("the text", place("changes", "copy", row))))


async def test_each_step_of_a_change_is_told_with_the_next_one(empty_world: World, database_url: str) -> None:
    assert (await line(empty_world, database_url, OLD)).mark == "✓"
    await start(database_url, OLD)
    assert (await line(empty_world, database_url, OLD)).text == "everything is encrypted with its only key"

    added = await line(empty_world, database_url, OLD, NEW)
    assert added.mark == "!"
    assert "nothing with the one behind it" in added.text
    assert "put it first once every process has it (step 2)" in added.hint

    first = await line(empty_world, database_url, NEW, OLD)
    assert first.text == "the first key has encrypted nothing yet"
    assert "step 2" in first.hint

    await start(database_url, NEW, OLD)
    begun = await line(empty_world, database_url, NEW, OLD)
    assert begun.text == "a key behind the first is still in use, for 1 value"
    assert "`python app.py rotate` (step 3" in begun.hint

    async with connect(database_url, runtime=Runtime(), version="0.1.0", lock=True) as database:
        await rotate(database, await load_cipher(database, database_url, f"{NEW},{OLD}", Runtime()))
    rotated = await line(empty_world, database_url, NEW, OLD)
    assert "take it out (step 4)" in rotated.hint
    assert (await line(empty_world, database_url, NEW)).mark == "✓"


async def test_a_key_that_was_replaced_is_named_with_the_steps_that_were_skipped(
    empty_world: World, database_url: str
) -> None:
    await start(database_url, OLD)
    found = await line(empty_world, database_url, NEW)
    assert found.ok is False
    assert f"1 value can't be read without the key {hexed(OLD)}, and {NAME} has not got it" in found.text
    assert "skips steps 1 to 3" in found.text
    assert "put it in, at the end" in found.hint


async def test_a_key_that_was_taken_out_too_early_is_named(empty_world: World, database_url: str) -> None:
    await start(database_url, OLD)
    await start(database_url, NEW, OLD)
    found = await line(empty_world, database_url, NEW)
    assert found.ok is False
    assert hexed(OLD) in found.text
    assert "taken out before `python app.py rotate` (step 3 was skipped)" in found.text


async def test_a_key_of_another_process_that_this_one_lacks_is_named(empty_world: World, database_url: str) -> None:
    await start(database_url, OLD)
    await start(database_url, NEW, OLD)
    found = await line(empty_world, database_url, OLD)
    assert found.ok is False
    assert hexed(NEW) in found.text
    assert "never put last here (step 1 was skipped)" in found.text


async def test_a_key_file_that_is_gone_is_named(empty_world: World, tmp_path: Path) -> None:
    settings = settings_of(empty_world, tmp_path)
    await start_once(settings)
    assert (await check(settings, empty_world))[NAME].mark == "✓"
    (tmp_path / "ticket-bot.key").unlink()
    found = (await check(settings, empty_world))[NAME]
    assert found.text == f"{tmp_path / 'ticket-bot.key'} is not there, and 1 value can't be read without its key"
    assert "put it back" in found.hint
    (tmp_path / "ticket-bot.key").write_text("nonsense")
    found = (await check(settings, empty_world))[NAME]
    assert (found.ok, "has something in it that is no key" in found.text) == (False, True)


IDS = st.sampled_from([bytes([number]) * 8 for number in range(4)])


async def test_a_key_file_that_is_not_read_any_more_is_named(empty_world: World, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ticket-bot.db'}"
    await start_once(settings_of(empty_world, tmp_path))  # makes the file, and encrypts with it
    file = tmp_path / "ticket-bot.key"
    found = await line(empty_world, url, NEW)
    assert found.ok is False
    assert found.text == f"something is encrypted with a key of {file}, which is not read while {NAME} is set"
    assert found.hint == f"put what stands in {file} at the end of {NAME}, after a comma"
    assert (await line(empty_world, url, NEW, file.read_text().strip())).ok


@given(st.lists(IDS, unique=True), st.sets(IDS), st.dictionaries(IDS, st.integers(0, 9)))
def test_what_nobody_could_read_is_a_mistake_and_nothing_else_is(
    ids: list[bytes], used: set[bytes], values: dict[bytes, int]
) -> None:
    found = judge(NAME, ids, used, values)
    needed = used | (+Counter(values)).keys()
    assert found.ok is (needed <= {*ids})
    assert all(missing.hex() in found.text for missing in needed - {*ids} if ids)
