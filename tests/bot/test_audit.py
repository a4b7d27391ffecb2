"""The audit log: on record before anything is sent, and never in the way of the event loop."""

import asyncio
import errno
import io
import json
import os
from contextlib import suppress
from typing import cast

from bot.audit import AuditEvent, AuditLog
from bot.logs import LineWriter
from bot.tickets import CaseNumber

EVENT = AuditEvent(
    event="confirmed",
    change="delete",
    user="U01ALICE",
    team="T01SWEEP",
    channel="C01SUPPORT",
    case_number=CaseNumber("2531581"),
    outcome="calling the API",
    ref="7F3K9",
)


async def test_a_recorded_event_is_a_json_line_that_is_flushed() -> None:
    stream = io.TextIOWrapper(file := io.BytesIO())
    assert await AuditLog(LineWriter(stream).write).record(EVENT, 1_795_000_000.0)
    line = json.loads(file.getvalue())
    assert (line["time"], line["event"], line["ref"]) == ("2026-11-18T11:06:40.000+00:00", "confirmed", "7F3K9")


async def test_a_closed_pipe_is_no_record_and_no_crash() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        log = AuditLog(LineWriter(stream).write)
        assert not await log.record(EVENT, 1_795_000_000.0)
        with suppress(BrokenPipeError):
            stream.close()


class Disk(io.RawIOBase):
    """With room for so many bytes."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = bytes(data)[: self.room]
        self.content += taken
        self.room -= len(taken)
        return len(taken)


async def test_what_a_full_disk_did_not_take_is_not_written_later_but_for_the_rest_of_a_line() -> None:
    disk = Disk(300)  # a line and a part of the next one
    log = AuditLog(LineWriter(io.TextIOWrapper(io.BufferedWriter(cast("io.RawIOBase", disk)))).write)
    assert await log.record(EVENT, 1.0)
    for at in (2.0, 3.0, 4.0):
        assert not await log.record(EVENT, at)
    disk.room = 10_000
    assert await log.record(EVENT, 5.0)
    lines = disk.content.decode().splitlines()
    assert [json.loads(line)["time"][17:19] for line in lines] == ["01", "02", "05"]


async def test_a_standard_output_that_was_closed_before_the_start_is_no_record_and_no_crash() -> None:
    log = AuditLog(LineWriter(None).write)
    for _ in range(2):
        assert not await log.record(EVENT, 1_795_000_000.0)


async def test_a_full_pipe_that_nobody_reads_holds_up_nobody() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    with suppress(BlockingIOError):
        while os.write(write, b"x" * 65_536):
            pass
    os.set_blocking(write, True)
    stream = os.fdopen(write, "w")
    log = AuditLog(LineWriter(stream).write)
    recording = asyncio.create_task(log.record(EVENT, 1_795_000_000.0))
    await asyncio.sleep(0)
    assert not recording.done()  # and yet the loop is here
    assert not await recording
    while not (os.read(read, 1 << 20)).endswith(b"}\n"):  # somebody reads at last
        pass
    assert await log.record(EVENT, 1_795_000_000.0)
    os.close(read)
