"""Everything that is encrypted, encrypted again with the first key; beside servers at work."""

import base64
from typing import NamedTuple

from bot.ledger import fingerprint
from bot.ledger.database import Database, Row, Statement
from bot.ledger.encryption import ID_BYTES, Cipher, DamagedValueError, place
from bot.ledger.keys import forget_keys

ENCRYPTED = ("copy", "message", "response_url")
"""The columns of changes that are; the one thing besides is the secret of the fingerprints."""

_PAGE = 200  # rows that are looked at in one statement: it has to be over in time however many there are
_SELECT = f"select id, {', '.join(ENCRYPTED)} from changes where id > $1 order by id limit {_PAGE}"  # noqa: S608


class Rotated(NamedTuple):
    """`damaged` are the places of values that were left as they are: they are not what was encrypted for there."""

    written: int
    lost: int
    damaged: list[str]


async def rotate(database: Database, cipher: Cipher, *, drop_lost: bool = False) -> Rotated:
    """With `drop_lost` it takes out what was encrypted with keys that are missing.

    Raises MissingKeyError without `drop_lost`, UnavailableError and UnclearCommitError; then it can be begun again.
    """
    rotation = _Rotation(database, cipher, drop_lost=drop_lost)
    last = ""
    while rows := await database.fetch(_SELECT, last):
        for row in rows:
            await rotation.write_anew(row)
        last = rows[-1]["id"]
    await _rotate_secret(database, cipher, drop_lost=drop_lost)
    if not rotation.damaged:
        await forget_keys(database, but=cipher.first_id)
    return Rotated(rotation.written, rotation.lost, rotation.damaged)


class _Rotation:
    def __init__(self, database: Database, cipher: Cipher, *, drop_lost: bool) -> None:
        self._database, self._cipher, self._drop_lost = database, cipher, drop_lost
        self.written, self.lost = 0, 0
        self.damaged: list[str] = []

    async def write_anew(self, row: Row) -> None:
        for column in ENCRYPTED:
            value: bytes | None = row[column]
            if value is None or value.startswith(self._cipher.first_id):
                continue
            if self._drop_lost and value[:ID_BYTES] not in self._cipher:
                self.lost += await self._replace(row["id"], column, value, None)
                continue
            at = place("changes", column, row["id"])
            try:
                new = self._cipher.encrypt(self._cipher.decrypt(value, at), at)
            except DamagedValueError:
                self.damaged.append(at)
            else:
                self.written += await self._replace(row["id"], column, value, new)

    async def _replace(self, row: str, column: str, old: bytes, new: bytes | None) -> bool:
        """Whoever changed the value meanwhile has used the first key."""
        sql = f"update changes set {column} = $1 where id = $2 and {column} = $3 returning id"  # noqa: S608
        return await self._database.commit(Statement(sql, (new, row, old), required=True)) is not None


async def _rotate_secret(database: Database, cipher: Cipher, *, drop_lost: bool) -> None:
    """Where it is lost the next server makes another: what was begun before counts as begun with another API key."""
    old = await fingerprint.stored_secret(database)
    if old is None or old.startswith(cipher.first_id):
        return
    old_text = base64.b64encode(old).decode()
    if drop_lost and old[:ID_BYTES] not in cipher:
        delete = "delete from ledger_meta where key = $1 and value = $2"
        await database.commit(Statement(delete, (fingerprint.SECRET, old_text)))
    else:
        new = cipher.encrypt(cipher.decrypt(old, fingerprint.AT), fingerprint.AT)
        update = "update ledger_meta set value = $1 where key = $2 and value = $3"
        await database.commit(Statement(update, (base64.b64encode(new).decode(), fingerprint.SECRET, old_text)))
