"""What has been begun, as rows: who took which request, how far it got, what came of it.

Each step is one transaction, together with its line for the audit, and is committed before what it announces. Whoever
holds a row has its Lease; where somebody else took the row over meanwhile, nothing is changed and the answer is False.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bot.audit import AuditEvent
from bot.blockkit.blocks import Message
from bot.changes.outcome import Kind
from bot.changes.request import ChangeRequest, Click
from bot.ledger import statements
from bot.ledger.database import ConflictError, Database, LedgerError, Statement, UnclearCommitError
from bot.ledger.encryption import Cipher
from bot.ledger.lease import Lease
from bot.ledger.row import ChangeRow, Place, Receipt, encode_message
from bot.runtime import Runtime

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sent:
    """Where a click's answers go, to be kept for whoever goes on after a crash. `uses` of at most 5 are counted."""

    response_url: str = field(repr=False)
    uses: int


@dataclass(frozen=True, kw_only=True)
class End:
    """How a request ended: `message` is for people, and `event` for the audit.

    `is_busy`: the ticket stays locked until the request can't be carried out any more. `renewed` takes the place of
    the request, in the same message.
    """

    kind: Kind
    event: AuditEvent | None
    message: Message
    receipt: Receipt = ""
    uses: int = 0
    is_busy: bool = False
    renewed: ChangeRequest | None = None


@dataclass(frozen=True)
class Ledger:
    """`account` names the key that tickets are read with; `owner` is this process. Everything raises LedgerError."""

    database: Database
    cipher: Cipher
    runtime: Runtime
    account: str
    owner: str
    ttl_s: int

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def insert(self, request: ChangeRequest, place: Place, delivery: str | None = None) -> bool:
        """`delivery` is what it came by, in a digest; False where another request came by that."""
        once = [Statement(statements.DELIVERED, (request.id, delivery))] if delivery else []
        try:
            await self.database.commit(self._insert(request, place), *once)
        except ConflictError:
            return False
        return True

    async def is_told(self, delivery: str | None) -> bool | None:
        """Of the request that came by this delivery: whether what became of that is on record. None: there is none."""
        rows = await self.database.fetch(statements.ASKED_BY, delivery) if delivery else []
        return bool(rows[0]["is_told"]) if rows else None

    async def set_posted(self, request_id: str, channel: str, message_ts: str, event: AuditEvent) -> None:
        posted = Statement(statements.POSTED, (request_id, channel, message_ts))
        await self.database.commit(posted, audit(event))

    async def remove(self, request_id: str, event: AuditEvent) -> None:
        """A request that Slack did not take."""
        await self.database.commit(Statement(statements.NOT_POSTED, (request_id,)), audit(event))

    async def row(self, request_id: str) -> ChangeRow | None:
        rows = await self.database.fetch(statements.ROW, request_id)
        return ChangeRow.parse(rows[0]) if rows else None

    async def busy_with(self, case_number: str) -> ChangeRow | None:
        """The request that is being carried out for the ticket, or that may still be."""
        rows = await self.database.fetch(statements.BUSY, self.account, case_number)
        row = ChangeRow.parse(rows[0]) if rows else None
        is_over = row is not None and row.state in {"ended", "delivered"} and not row.is_unsettled
        return None if is_over else row

    # ── a click ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def take(self, click: Click, place: Place, to: Sent, *, locks_ticket: bool) -> Lease | ChangeRow:
        """The request is the click's from now; else the row that is in the way: its own, or another for the ticket."""
        before = await self.row(click.request.id)
        if before and before.state != "open":
            return before
        if before:  # where the bot did not post the message itself, the click alone knows which one it is
            place = replace(before.place, message_ts=before.place.message_ts or place.message_ts)
        handed_over_at = self.runtime.boottime()
        try:
            rows = await self.database.commit(
                Statement(statements.SETTLE, (self.account, click.request.case_number)),
                self._insert(click.request, place),
                self._take(click, place, to, locks_ticket=locks_ticket),
            )
        except ConflictError:  # another request for the ticket was faster by a moment
            rows = None
        except UnclearCommitError:
            now = await self.row(click.request.id)
            if now is None or now.owner != self.owner or now.ref != click.ref or now.state != "claimed":
                raise
            return self.lease(now, handed_over_at)
        if rows:
            return Lease(click.request.id, self.owner, rows[-1][0]["fence"], handed_over_at, self.runtime, self._renew)
        now = await self.row(click.request.id)
        is_free = now is None or (now.state == "open" and locks_ticket)
        in_the_way = await self.busy_with(click.request.case_number) if is_free else now
        if in_the_way := in_the_way or now:
            return in_the_way
        raise LedgerError("the row was there a moment ago, and is not any more")

    async def confirm(self, lease: Lease, copy: str, uses: int, event: AuditEvent) -> bool:
        """Before the buttons go. `copy` is what is kept of the ticket, as JSON."""
        values = (self.cipher.encrypt(copy, f"changes.copy:{lease.row_id}"), uses)
        return await self._step(lease, statements.CONFIRM, values, event, lambda row: row.announced)

    async def send(self, lease: Lease) -> bool:
        """Before the change may be sent, and again before each repetition: within SEND_S from now."""
        before = lease.send_not_after
        return await self._step(
            lease, statements.SEND, (), None, lambda row: row.state == "sending" and row.send_not_after != before
        )

    async def may_send(self, lease: Lease) -> bool:
        """The last look before the first byte: a machine may have stood still since `send`."""
        return bool(await self.database.fetch(statements.MAY_SEND, *_mine(lease)))

    async def release(self, lease: Lease, event: AuditEvent) -> bool:
        """Nothing was sent, and the buttons work as before."""
        return await self._step(lease, statements.RELEASE, (), event, lambda row: row.state == "open")

    async def end(self, lease: Lease, end: End, place: Place | None = None) -> bool:
        """`place` is where the renewed request stands."""
        message = self.cipher.encrypt(encode_message(end.message), f"changes.message:{lease.row_id}")
        values = (end.kind.name, int(end.is_busy), message, end.receipt, end.uses)
        renewed = [self._insert(end.renewed, place)] if end.renewed and place else []
        return await self._step(
            lease, statements.END, values, end.event, lambda row: row.outcome is end.kind, more=renewed
        )

    # ── afterwards ────────────────────────────────────────────────────────────────────────────────────────────────

    async def deliver(
        self,
        lease: Lease,
        receipt: Receipt,
        *,
        keep_copy: bool,
        due_at: float | None,
        is_shown_again: bool = False,
    ) -> bool:
        """People have been told. `due_at`: when the row is looked at next. `is_shown_again`: see `show_again`."""
        values = (receipt, int(keep_copy), due_at, int(is_shown_again))
        return await self._step(lease, statements.DELIVER, values, None, lambda row: row.state == "delivered")

    async def postpone(self, lease: Lease, wait_s: float, receipt: Receipt) -> bool:
        """Gives the row back, to be looked at again after so many seconds."""
        return await self._step(lease, statements.POSTPONE, (wait_s, receipt), None, lambda row: row.owner is None)

    async def forget(self, lease: Lease, due_at: float | None = None) -> bool:
        """The ticket's text, wherever the row has it."""
        return await self._step(lease, statements.FORGET, (due_at,), None, lambda row: row.message is None)

    async def add_answer(self, row_id: str, kind: Kind) -> None:
        """The API's own word, from whoever got it: true whoever holds the row."""
        await self.database.commit(Statement(statements.ANSWER, (row_id, kind.name)))

    async def show_again(self, row_id: str) -> None:
        """An older edit may have landed on top of the last one."""
        await self.database.commit(Statement(statements.SHOW_AGAIN, (row_id,)))

    async def rivals(self, click: Click) -> tuple[str, ...]:
        """Who confirmed other requests for the same, which may have been carried out since this click."""
        values = (self.account, click.request.case_number, click.request.id, click.change, float(click.at))
        return tuple(row["clicker"] for row in await self.database.fetch(statements.RIVALS, *values))

    async def is_replaced(self, row: ChangeRow) -> bool:
        """Whether a request that took this one's place was clicked: the message shows that one's end."""
        like = f'%"replaces":"{row.id}"%'
        return bool(await self.database.fetch(statements.REPLACED_BY, row.case_number, like))

    async def record(self, *events: AuditEvent) -> None:
        """For the audit alone."""
        await self.database.commit(*map(audit, events))

    # ── taking over ───────────────────────────────────────────────────────────────────────────────────────────────

    async def take_due(self, most: int) -> list[tuple[ChangeRow, Lease]]:
        """The rows that nobody works on and that want work, the oldest first."""
        return await self._taken(Statement(statements.TAKE_DUE, (self.owner, most)))

    async def take_over(self, row_id: str, to: Sent) -> tuple[ChangeRow, Lease] | None:
        """For *Check now*, whose click brings a new response_url; None where somebody is at it."""
        values = (row_id, self.owner, self._url(row_id, to), to.uses)
        taken = await self._taken(Statement(statements.TAKE_OVER, values))
        return taken[0] if taken else None

    async def now(self) -> float:
        """By the database's clock."""
        [row] = await self.database.fetch("SELECT ledger_now() AS now")
        return float(row["now"])

    async def hand_over(self) -> None:
        """At the end of this process: whoever looks next goes on with what it held."""
        await self.database.commit(Statement(statements.HAND_OVER, (self.owner,)))

    async def blank_urls(self) -> None:
        """A response_url whose time is over is good for nothing but a thief."""
        await self.database.commit(Statement(statements.BLANK_URLS))

    async def _taken(self, statement: Statement) -> list[tuple[ChangeRow, Lease]]:
        handed_over_at = self.runtime.boottime()
        rows = await self.database.commit(statement) or [[]]
        taken = []
        for row in rows[0]:
            try:
                taken.append(ChangeRow.parse(row))
            except ValueError as error:  # it holds up no other
                log.error("%s", error)  # noqa: TRY400 - where it was raised tells nothing
        taken.sort(key=lambda row: row.due_at or 0)
        return [(row, self.lease(row, handed_over_at)) for row in taken]

    def lease(self, row: ChangeRow, renewed_at: float) -> Lease:
        return Lease(row.id, self.owner, row.fence, renewed_at, self.runtime, self._renew)

    async def _renew(self, lease: Lease) -> bool:
        sql = statements.RENEW_LATE if lease.saw_outage else statements.RENEW
        return bool(await self.database.commit(Statement(sql, _mine(lease), required=True)))

    # ── how a step is taken ───────────────────────────────────────────────────────────────────────────────────────

    async def _step(
        self,
        lease: Lease,
        sql: str,
        values: Sequence[str | int | float | bytes | None],
        event: AuditEvent | None,
        is_done: Callable[[ChangeRow], bool],
        *,
        more: Sequence[Statement] = (),
    ) -> bool:
        """Whether the row is still ours, and the step taken. A commit whose answer was lost is looked up."""
        handed_over_at = self.runtime.boottime()
        first = Statement(sql, (*_mine(lease), *values), required=True)
        try:
            rows = await self.database.commit(first, *more, *([audit(event)] if event else []))
        except UnclearCommitError:
            row = await self.row(lease.row_id)
            if row is None or row.fence != lease.fence or not is_done(row):
                raise
            rows = [[{"send_not_after": row.send_not_after}]]
        if rows is None:
            lease.is_lost = True
            return False
        if sql == statements.SEND:
            lease.renewed_at, lease.send_not_after = handed_over_at, rows[0][0]["send_not_after"]
        return True

    def _insert(self, request: ChangeRequest, place: Place) -> Statement:
        asked_at, expires_at = float(request.requested_at), float(request.expires_at(self.ttl_s))
        return Statement(
            statements.INSERT,
            (
                request.id,
                self.account,
                request.case_number,
                request.encode(),
                request.requester,
                place.team,
                place.channel,
                place.thread_ts,
                place.message_ts,
                int(place.private),
                int(place.editable),
                asked_at,
                expires_at,
            ),
        )

    def _take(self, click: Click, place: Place, to: Sent, *, locks_ticket: bool) -> Statement:
        row_id = click.request.id
        return Statement(
            statements.TAKE,
            (
                row_id,
                int(locks_ticket),
                click.change,
                click.user_id,
                float(click.at),
                click.ref,
                self.owner,
                self.account,
                place.channel,
                place.thread_ts,
                place.message_ts,
                self._url(row_id, to),
                to.uses,
                int(place.private),
            ),
            required=True,
        )

    def _url(self, row_id: str, to: Sent) -> bytes:
        return self.cipher.encrypt(to.response_url, f"changes.response_url:{row_id}")

    def copy_of(self, row: ChangeRow) -> str | None:
        return self.cipher.decrypt(row.copy, f"changes.copy:{row.id}") if row.copy else None

    def message_of(self, row: ChangeRow) -> str | None:
        return self.cipher.decrypt(row.message, f"changes.message:{row.id}") if row.message else None

    def response_url_of(self, row: ChangeRow) -> str:
        is_good = row.response_url and row.response_url_until and row.now < row.response_url_until
        return (
            self.cipher.decrypt(row.response_url, f"changes.response_url:{row.id}")
            if is_good and row.response_url
            else ""
        )


def audit(event: AuditEvent) -> Statement:
    return Statement(
        statements.AUDIT,
        (
            event.event,
            event.change,
            event.user,
            event.asker,
            event.confirmer,
            event.team,
            event.channel,
            event.case_number,
            event.request,
            event.replaces,
            event.outcome,
            event.ref,
        ),
    )


def _mine(lease: Lease) -> tuple[str, str, int]:
    return lease.row_id, lease.owner, lease.fence
