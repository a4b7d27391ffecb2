"""What Slack sends: signed slash commands over connections that are kept, in a closed or an open loop."""

import asyncio
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from benchmarks import wire
from benchmarks.model import TEAM, Model

SECRET = "benchmark-signing-secret"  # noqa: S105 - of nothing
ALICE = "U01ALICE"
_ACK_S = 10.0
_ANSWER_S = 40.0
_MANY = 1_000_000  # commands for one bot
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(slots=True)
class Command:
    """Times are the event loop's."""

    sent_at: float
    done: "asyncio.Future[None]"
    person: str = ""
    acknowledged_at: float | None = None
    answered_at: float | None = None
    has_ticket: bool = False


class _Connection(wire.Wire):
    def __init__(self) -> None:
        super().__init__()
        self._status: asyncio.Future[bytes] | None = None

    def exchange(self, request: bytes) -> "asyncio.Future[bytes]":
        self._status = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._status

    def message(self, head: bytes, body: bytes) -> None:
        del body
        if self._status and not self._status.done():
            self._status.set_result(head.split(b" ", 2)[1])

    def connection_lost(self, exc: Exception | None) -> None:
        if self._status and not self._status.done():
            self._status.set_exception(exc or ConnectionResetError())


@dataclass
class Slack:
    """Sends commands to the bot at `port`, and learns from the model when they are answered."""

    model: Model
    port: int
    completed: int = 0
    _waiting: dict[int, Command] = field(default_factory=dict)
    _idle: deque[_Connection] = field(default_factory=deque)
    _numbers: int = 0

    def __post_init__(self) -> None:
        self.model.listeners[self.port] = self._answered
        self._response_url = quote_plus(f"{self.model.url}/response/")

    async def command(self, case_number: str = "", person: str = ALICE) -> Command:
        """Returns once it is acknowledged; raises where it is not."""
        connection = await self._connection()
        self._numbers += 1
        number = self.port * _MANY + self._numbers  # no other bot's
        loop = asyncio.get_running_loop()
        request = self._request(case_number or _case_number(number), number, person)
        command = self._waiting[number] = Command(loop.time(), loop.create_future(), person)
        async with asyncio.timeout(_ACK_S):
            status = await connection.exchange(request)
        command.acknowledged_at = loop.time()
        if status != b"200":
            raise RuntimeError(f"the bot answers a command with HTTP {status.decode()}")
        self._idle.append(connection)
        return command

    async def closed_loop(self, at_once: int, *, until: asyncio.Event, most: int = 10**9) -> None:
        """`at_once` people, each of whom sends a command when the last one was answered."""
        last = self._numbers + most

        async def person() -> None:
            while not until.is_set() and self._numbers < last:
                await self._finish(await self.command())

        await asyncio.gather(*(person() for _ in range(at_once)))

    async def open_loop(
        self, rate: float, duration_s: float, person: Callable[[int], str] = lambda _: ALICE
    ) -> list[Command]:
        """`rate` commands a second, however long they take; `person` says who sends the n-th.

        Those that were acknowledged within _ACK_S.
        """
        start = asyncio.get_running_loop().time()
        sending = []
        for number in range(int(rate * duration_s)):
            await asyncio.sleep(start + number / rate - asyncio.get_running_loop().time())
            sending.append(asyncio.create_task(self.command(person=person(number))))
        sent = await asyncio.gather(*sending, return_exceptions=True)
        if errors := [one for one in sent if isinstance(one, BaseException) and not isinstance(one, TimeoutError)]:
            raise errors[0]
        commands = [one for one in sent if isinstance(one, Command)]
        await asyncio.gather(*map(self._finish, commands))
        return commands

    async def at_once(self, case_numbers: Iterable[str]) -> list[Command]:
        """All in one go; each until it is answered."""
        commands = await asyncio.gather(*map(self.command, case_numbers))
        await asyncio.gather(*map(self._finish, commands))
        return commands

    def close(self) -> None:
        del self.model.listeners[self.port]
        for connection in self._idle:
            connection.transport.close()

    async def connect(self, connections: int) -> None:
        """So that making connections is no part of what is measured."""
        self._idle.extend([await self._new_connection() for _ in range(connections - len(self._idle))])

    async def _finish(self, command: Command) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER_S):
                await command.done

    def _answered(self, number: int, has_ticket: bool) -> None:  # noqa: FBT001 - the model's callback
        if command := self._waiting.pop(number, None):
            command.answered_at = asyncio.get_running_loop().time()
            command.has_ticket = has_ticket
            self.completed += 1
            command.done.set_result(None)

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.popleft()
            if not connection.transport.is_closing():
                return connection
        return await self._new_connection()

    async def _new_connection(self) -> _Connection:
        return (await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", self.port))[1]

    def _request(self, case_number: str, number: int, person: str) -> bytes:
        content = (
            f"token=t&team_id={TEAM}&team_domain=example&channel_id=C01SUPPORT&channel_name=support"
            f"&user_id={person}&user_name=alice&command=%2Fticket&text={case_number}&api_app_id=A01"
            f"&is_enterprise_install=false&response_url={self._response_url}{number}&trigger_id=1.2.3"
        )
        stamp = int(time.time())
        signature = hmac.digest(SECRET.encode(), f"v0:{stamp}:{content}".encode(), hashlib.sha256).hex()
        return (
            f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\nAccept: application/json,*/*\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(content)}\r\n"
            f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n{content}"
        ).encode()


def _case_number(number: int) -> str:
    """Another one for every command."""
    digits = ""
    for _ in range(7):
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return digits
