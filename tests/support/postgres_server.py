"""A PostgreSQL server of one's own, on loopback, in a folder that goes with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.support.ports import free_port

START_TIMEOUT_S = 30.0
_POLL_S = 0.02
# The first line is for a test of a password that is wrong.
_ACCESS = """
host all stranger 127.0.0.1/32 scram-sha-256
host all all 127.0.0.0/8 trust
"""
_SETTINGS = """
unix_socket_directories = ''
max_connections = 100
shared_buffers = 32MB
full_page_writes = off
"""


def binaries() -> Path:
    """Raises RuntimeError where there is no server."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve())
    for path in sorted(found, reverse=True):
        if (path.parent / "initdb").exists():
            return path.parent
    raise RuntimeError("there is no PostgreSQL here: bash tests/postgres/install.sh")


@dataclass
class PostgresServer:
    """`durable` waits for the disk as in real life; without it only a crash of the machine would lose anything.

    `host` is the address on loopback that it listens on.
    """

    folder: Path
    port: int
    durable: bool = False
    host: str = "127.0.0.1"
    _process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@{self.host}:{self.port}/{database}"

    def initialise(self) -> None:
        data = self._data
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        durability = "" if self.durable else "fsync = off\n"
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"{_SETTINGS}listen_addresses = '{self.host}'\nport = {self.port}\n{durability}")
        (data / "pg_hba.conf").write_text(_ACCESS)

    def start(self) -> None:
        """Returns once it takes connections."""
        end = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                # Again where the memory of one that was killed is still in use.
                with (self.folder / "log").open("ab") as log:
                    command = [*_as_postgres(), str(binaries() / "postgres"), "-D", str(self._data)]
                    self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd="/")
            if self._is_ready():
                return
            time.sleep(_POLL_S)
        raise RuntimeError(f"PostgreSQL does not start:\n{(self.folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """As `systemctl stop` does: connections are ended, and what they had not committed is rolled back."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As when the machine loses its power, but for what the disk has not got yet."""
        for pid in reversed(self._pids()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Connections stand and nothing is answered, as behind a network that has gone."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints: values alone, parted by |."""
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", statement]
        return self._run(*command).strip()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, name: str, *arguments: str) -> str:
        command = [*_as_postgres(), str(binaries() / name), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr or done.stdout}")
        return done.stdout

    def _is_ready(self) -> bool:
        command = [str(binaries() / "pg_isready"), "-q", "-h", self.host, "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _pids(self) -> list[int]:
        """The server's own process, then one for each connection and more."""
        if self._process is None or self._process.poll() is not None:
            return []
        pid = self._process.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
            children = listed.stdout.split()
        return [pid, *map(int, children)]

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self._pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
        if self._process is not None:
            self._process.wait(START_TIMEOUT_S)
        self._process = None


@contextmanager
def postgres_server(*, durable: bool = False, host: str = "127.0.0.1") -> Iterator[PostgresServer]:
    """A server at work; it and its folder are gone afterwards, whatever became of it."""
    folder = Path(tempfile.mkdtemp(prefix="ticket-bot-postgres-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    server = PostgresServer(folder, free_port(), durable, host)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.thaw()
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Databases:
    """A new database for each test, in the time that a copy takes."""

    server: PostgresServer
    template: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new(self, *, empty: bool = False) -> str:
        """The URL of one; `empty` has no tables."""
        name = f"test_{next(self._numbers)}"
        template = f" template {self.template}" if self.template and not empty else ""
        self.server.sql(f"create database {name}{template}")
        return self.server.url(name)

    def drop(self, url: str) -> None:
        self.server.sql(f"drop database if exists {url.rpartition('/')[2]} with (force)")


def _as_postgres() -> Sequence[str]:
    """The server refuses to be root's; and Linux ends it with whoever started it."""
    user = ("--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    setpriv = shutil.which("setpriv")
    return [setpriv, *user, "--pdeathsig", "KILL", "--"] if setpriv else []
