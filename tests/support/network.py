"""What stands between a client and a server: a network that swallows bytes or loses an answer, a pooler."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class HalfDead:
    """Passes everything on, until `swallow`: then connections stand, and no byte gets through either way."""

    server_port: int
    port: int = 0
    _passing: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def swallow(self) -> None:
        self._passing.clear()

    def pass_on(self) -> None:
        """From now on; what was swallowed is lost."""
        self._passing.set()

    def cut(self) -> None:
        """Each connection is reset; new ones come through."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._passing.is_set():
            await reader.read()  # a connection that nobody accepts
            writer.close()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        except OSError:
            writer.close()
            return
        self._writers += [writer, server_writer]
        await asyncio.gather(
            self._pump(reader, server_writer), self._pump(server_reader, writer), return_exceptions=True
        )

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if self._passing.is_set():
                    writer.write(data)
            if self._passing.is_set():  # neither does an end get through
                writer.close()
        except OSError:
            writer.close()


@asynccontextmanager
async def half_dead(server_port: int) -> AsyncIterator[HalfDead]:
    network = HalfDead(server_port)
    network.pass_on()
    server = await asyncio.start_server(network._serve, "127.0.0.1", 0)
    network.port = server.sockets[0].getsockname()[1]
    try:
        yield network
    finally:
        server.close()
        network.cut()


_HEAD = 5  # a message's type, and its length with itself


@dataclass
class Pooler:
    """As PgBouncer's transaction mode: a client has a session of the server's for the length of a transaction.

    Sessions go round: each transaction has another one than the last. It lets everybody in, with the first client's
    name and settings.
    """

    server_port: int
    sessions: int
    greeting: bytes = b""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _free: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]" = field(default_factory=asyncio.Queue)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        startup = await _startup(reader)
        if startup[4:8] == b"\x04\xd2\x16\x2f":  # whether it speaks TLS
            writer.write(b"N")
            startup = await _startup(reader)
        if not self.greeting:
            for _ in range(self.sessions):
                session = await asyncio.open_connection("127.0.0.1", self.server_port)
                self.writers.append(session[1])
                session[1].write(startup)
                self.greeting = await _until_ready(session[0])
                self._free.put_nowait(session)
        writer.write(self.greeting)
        while True:
            message = await _message(reader)
            session = await self._free.get()
            try:
                await _transaction(message, reader, writer, session)
            finally:
                self._free.put_nowait(session)


async def _transaction(
    message: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    session: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """`message` is its first; a flush has answers, but a query or a sync alone can end it."""
    while True:
        session[1].write(message)
        if message[:1] in b"QS":
            answer = await _until_ready(session[0])
            writer.write(answer)
            if answer[-1:] == b"I":  # in no transaction
                return
        elif message[:1] == b"H":
            passing = asyncio.create_task(_pass_on(session[0], writer))
            message = await _message(reader)
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)
            continue
        message = await _message(reader)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)


async def _pass_on_to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _pass_on(reader, writer)
    writer.close()


async def _startup(reader: asyncio.StreamReader) -> bytes:
    length = await reader.readexactly(4)
    return length + await reader.readexactly(int.from_bytes(length) - 4)


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(_HEAD)
    return head + await reader.readexactly(int.from_bytes(head[1:]) - 4)


async def _until_ready(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    while True:
        message = await _message(reader)
        answer += message
        if message[:1] == b"Z":
            return answer


@asynccontextmanager
async def pooler(server_port: int, sessions: int) -> AsyncIterator[int]:
    """The port of one."""
    made = Pooler(server_port, sessions)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in made.writers:
            writer.transport.abort()
        await asyncio.sleep(0)


@dataclass
class Between:
    """On the way to the server: from `words` on nothing reaches it, but what they came with where `passes` says so.

    Then it waits in silence until the client ends, or cuts both off where `cuts` says so.
    """

    port: int
    words: bytes
    passes: bool = False
    cuts: bool = False
    met: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.port)
        answers = asyncio.create_task(_pass_on_to_the_end(server_reader, writer))
        try:
            while data := await reader.read(65_536):
                if self.words in data:
                    answers.cancel()
                    await asyncio.gather(answers, return_exceptions=True)
                    if self.passes:
                        server_writer.write(data)
                        await server_reader.read(1)  # it has answered
                    self.met.set()
                    if not self.cuts:
                        with suppress(ConnectionError):
                            await reader.read()
                    break
                server_writer.write(data)
        finally:
            answers.cancel()
            server_writer.close()
            writer.close()
