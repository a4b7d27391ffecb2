"""The rows of a file on their way to PostgreSQL: encrypted again, and held by nobody."""

import base64
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from bot.ledger import fingerprint
from bot.ledger.database import LedgerStartError, UnavailableError
from bot.ledger.encryption import Cipher, DamagedValueError, MissingKeyError, place
from bot.ledger.keys import USED_KEY
from bot.ledger.moved import COPIED, MOVED_TO
from bot.ledger.postgres_target import MADE_BY_MIGRATIONS, PostgresTarget
from bot.ledger.rotation import ENCRYPTED
from bot.ledger.sqlite import SqliteConnection

PAGE = 1_000
"""Rows that are in memory at a time."""
_NUMBERED = "select name, seq from sqlite_sequence"
_HELD = ("owner", "lease_until")
"""Of a change, whoever is at work on it: nobody is, where no server is."""


class CopiedRows:
    """`damaged` are the places of values that could not be read; `token` is the copy's own."""

    def __init__(self, source: SqliteConnection, target: PostgresTarget, cipher: Cipher, token: str) -> None:
        self._source, self._target = source, target
        self.cipher, self.token = cipher, token
        self.damaged: list[str] = []
        self._read = 0

    async def copy(self, table: str, columns: Sequence[str]) -> int:
        """How many rows there were. Raises LedgerError."""
        self._read = 0
        [row] = self._source.fetch(f"select count(*) as number from {table}")  # noqa: S608
        await self._target.copy(table, columns, self._rows(table, columns))
        if self._read != row["number"]:
            raise LedgerStartError(
                f"The file is damaged: {table} has {row['number']} rows by its index, and {self._read} were found. Put "
                "a backup in its place."
            )
        return self._read

    async def go_on_numbering(self) -> None:
        for row in self._source.fetch(_NUMBERED):
            await self._target.set_next(row["name"], row["seq"])

    async def _rows(self, table: str, columns: Sequence[str]) -> AsyncIterator[tuple[Any, ...]]:
        select = f"select {', '.join(columns)} from {table}"  # noqa: S608
        for page in self._pages(select):
            self._read += len(page)
            for row in page:
                values = dict(zip(columns, row, strict=True))
                if table == "ledger_meta":
                    if not self._is_the_files_own(values["key"]):
                        yield tuple(self._meta(values).values())
                elif table == "changes":
                    yield tuple(self._change(values).values())
                else:
                    yield row
        if table == "ledger_meta":
            for key, value in self._metas():
                values = {"key": key, "value": value}
                yield tuple(values[column] for column in columns)

    def _pages(self, select: str) -> Iterator[list[tuple[Any, ...]]]:
        try:
            yield from self._source.pages(select, PAGE)
        except UnavailableError as error:  # damaged, or its disk is: that does not pass
            raise LedgerStartError(str(error)) from error

    def _change(self, values: dict[str, Any]) -> dict[str, Any]:
        for column in ENCRYPTED:
            if values[column] is not None:
                values[column] = self._reencrypted(values[column], place("changes", column, values["id"]))
        return values | dict.fromkeys(_HELD)

    def _reencrypted(self, value: bytes, at: str) -> bytes:
        """What is damaged stays as it is: the bot has met it before, and says so."""
        try:
            return self._encrypted(value, at)
        except DamagedValueError:
            self.damaged.append(at)
            return value

    def _encrypted(self, value: bytes, at: str) -> bytes:
        try:
            return self.cipher.encrypt(self.cipher.decrypt(value, at), at)
        except MissingKeyError:
            raise LedgerStartError(
                f"{at} was encrypted with a key that is neither in ENCRYPTION_KEYS nor beside the file: put it into "
                "ENCRYPTION_KEYS, at the end. Where it is lost for good: put the key from beside the file there too, "
                "and `python app.py rotate --lost` takes out what nobody can read any more."
            ) from None

    def _meta(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["key"] == fingerprint.SECRET:
            secret = self._encrypted(fingerprint.decode_secret(values["value"]), fingerprint.AT)
            values["value"] = base64.b64encode(secret).decode()
        return values

    @staticmethod
    def _is_the_files_own(key: str) -> bool:
        return key in {MADE_BY_MIGRATIONS, MOVED_TO, COPIED} or key.startswith(USED_KEY)

    def _metas(self) -> Iterator[tuple[str, str]]:
        yield f"{USED_KEY}{self.cipher.first_id.hex()}", ""
        yield COPIED, self.token
