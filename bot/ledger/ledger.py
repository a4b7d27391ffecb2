"""What has been begun, as rows: who took which request, how far it got, what came of it.

Whoever holds a row has its Lease: see bot.ledger.steps for how each step is taken.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from bot.audit import AuditEvent
from bot.changes.outcome import Kind, Rivals
from bot.changes.request import Click
from bot.ledger import reading, statements, writing
from bot.ledger.asking import Asking
from bot.ledger.database import ConflictError, HasADisk, LedgerError, Statement, UnclearCommitError
from bot.ledger.lease import Lease
from bot.ledger.row import ChangeRow, Place, Receipt, encode_message
from bot.ledger.schedule import pause_s
from bot.ledger.statements import SHOW_AGAIN_S
from bot.ledger.writing import End, Sent, audit, holder_values

_TAKES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ledger(Asking):
    """Everything raises LedgerError."""

    async def check_writable(self) -> None:
        """Raises LedgerError where the database takes no changes, as on a full disk."""
        if isinstance(self.database, HasADisk):
            self.database.check_room()
        await self.database.commit(Statement(statements.WRITE))

    # ── a click ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def busy_with(self, case_number: str) -> ChangeRow | None:
        """The request that is being carried out for the ticket, or that may still be."""
        rows = await self.database.fetch(statements.BUSY, case_number)
        row = ChangeRow.parse(rows[0]) if rows else None
        is_over = row is not None and row.state in {"ended", "delivered"} and not row.is_unsettled
        return None if is_over else row

    async def take(self, click: Click, place: Place, to: Sent, *, locks_ticket: bool) -> Lease | ChangeRow:
        """The request is the click's from now; else the row that is in the way: its own, or another for the ticket."""
        for _ in range(_TAKES):
            if taken := await self._take(click, place, to, locks_ticket=locks_ticket):
                return taken
        raise LedgerError("whatever was in the way a moment ago is not any more")

    async def _take(self, click: Click, place: Place, to: Sent, *, locks_ticket: bool) -> Lease | ChangeRow | None:
        """None where the row in the way was given back before it could be looked at."""
        before = await self.row(click.request.id)
        if before and before.state != "open":
            return before
        stood_elsewhere: list[Statement] = []
        if before:
            if click.request.replaces and not before.place.may_be(place):  # the old request's message says so
                stood_elsewhere = [Statement(statements.SHOW_ELSEWHERE, (click.request.replaces, SHOW_AGAIN_S))]
            place = before.place.clicked_in(place)
        handed_over_at = self.runtime.boottime()
        url = self._encrypt(to.response_url, "response_url", click.request.id)
        try:
            rows = await self.database.commit(
                Statement(statements.SETTLE, (click.request.case_number,)),
                writing.insert(self.account, click.request, place, self.ttl_s),
                *stood_elsewhere,
                writing.take(
                    self.owner,
                    self.account,
                    click,
                    place,
                    response_url=url,
                    uses=to.uses,
                    locks_ticket=locks_ticket,
                ),
            )
        except ConflictError:  # another request for the ticket was faster by a moment
            rows = None
        except UnclearCommitError:
            now = await self.row(click.request.id)
            if now is None or now.owner != self.owner or now.ref != click.ref or now.state != "claimed":
                raise
            return self.lease(now.id, now.fence, handed_over_at)
        if rows:
            return self.lease(click.request.id, rows[-1][0]["fence"], handed_over_at)
        now = await self.row(click.request.id)
        if now and (now.state != "open" or now.is_held):
            return now
        return await self.busy_with(click.request.case_number) if locks_ticket else None

    async def confirm(self, lease: Lease, copy: str, uses: int, event: AuditEvent) -> bool:
        """Before the buttons go. `copy` is what is kept of the ticket, as JSON."""
        values = (self._encrypt(copy, "copy", lease.row_id), uses)
        return await self._step(lease, statements.CONFIRM, values, event, lambda row: row.announced)

    async def send(self, lease: Lease) -> bool:
        """Before the change may be sent, and again before each repetition: within SEND_S from now."""
        before = lease.send_not_after
        return await self._step(
            lease, statements.SEND, (), None, lambda row: row.state == "sending" and row.send_not_after != before
        )

    async def may_send(self, lease: Lease) -> bool:
        """The last look before the first byte: a machine may have stood still since `send`."""
        return bool(await self.database.fetch(statements.MAY_SEND, *holder_values(lease)))

    async def release(self, lease: Lease, event: AuditEvent) -> bool:
        """Nothing was sent, and the buttons work as before."""
        return await self._step(lease, statements.RELEASE, (), event, lambda row: row.state == "open")

    async def end(self, lease: Lease, end: End, place: Place | None = None) -> bool:
        """`place` is where the renewed request stands."""
        message = self._encrypt(encode_message(end.message), "message", lease.row_id)
        values = (end.kind.name, int(end.is_busy), message, end.receipt, end.uses, int(end.is_by_answer))
        renewed = [writing.insert(self.account, end.renewed, place, self.ttl_s)] if end.renewed and place else []
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
        shown_at: float = 0.0,
    ) -> bool:
        """People know. `due_at`: when the row is looked at next. `shown_at`: since then the message was shown.

        Where it is to be shown once more later than that, the row is looked at then: see `show_again`.
        """
        values = (receipt, int(keep_copy), due_at, shown_at)
        return await self._step(lease, statements.DELIVER, values, None, lambda row: row.state == "delivered")

    async def postpone(self, lease: Lease, wait_s: float, receipt: Receipt) -> bool:
        """Gives the row back, to be looked at again after so many seconds."""
        return await self._step(lease, statements.POSTPONE, (wait_s, receipt), None, lambda row: row.owner is None)

    async def drop_texts(self, lease: Lease) -> bool:
        """The ticket's text, wherever the row has it: nothing is left to be done."""
        return await self._step(lease, statements.DROP_TEXTS, (), None, lambda row: row.message is None)

    async def mark_receipt(self, lease: Lease, receipt: Receipt) -> bool:
        """Before it is sent, so that whoever goes on after a crash knows of it."""
        return await self._step(lease, statements.MARK_RECEIPT, (receipt,), None, lambda row: row.receipt == receipt)

    async def count_use(self, lease: Lease, uses: int) -> bool:
        """Before the response_url is used once more: Slack takes 5 answers over one."""
        return await self._step(lease, statements.COUNT_USE, (uses,), None, lambda row: row.response_url_uses >= uses)

    async def add_answer(self, click: Click, kind: Kind, receipt: Receipt = "") -> None:
        """What is proven of this click: the API's own word, or that nothing was sent. True whoever holds the row.

        `receipt`: "sent" where it is.
        """
        values = (click.request.id, kind.name, receipt, click.ref)
        await self.database.commit(Statement(statements.ANSWER, values))

    async def show_again(self, row_id: str, wait_s: float = SHOW_AGAIN_S) -> None:
        """An older edit may land on top of the last one: the row's end is shown once more, so much later at least."""
        await self.database.commit(Statement(statements.SHOW_AGAIN, (row_id, wait_s)))

    async def show_elsewhere(self, click: Click, place: Place) -> None:
        """The messages of the requests that this one replaced, where its own is another: they show its end, too."""
        replaced, places = click.request.replaces, [place]
        while replaced and (row := await self.row(replaced)):
            if not any(row.place.may_be(other) for other in places):
                await self.database.commit(Statement(statements.SHOW_ELSEWHERE, (row.id, SHOW_AGAIN_S)))
            places.append(row.place)
            replaced = row.request.replaces

    async def rivals(self, click: Click) -> Rivals:
        """See bot.ledger.reading."""
        return await reading.rivals(self.database, click)

    async def replacement(self, row: ChangeRow) -> ChangeRow | None:
        """The last that took this one's place and was clicked since, in the same message or in a direct one."""
        last: ChangeRow | None = None
        while rows := await self.database.fetch(
            statements.REPLACED_BY, row.case_number, f'%"replaces":"{(last or row).id}"%'
        ):
            last = ChangeRow.parse(rows[0])
        return last

    async def record(self, *events: AuditEvent) -> None:
        """For the audit alone."""
        await self.database.commit(*map(audit, events))

    # ── taking over ───────────────────────────────────────────────────────────────────────────────────────────────

    async def take_due(self, limit: int, but: Iterable[str] = ()) -> list[tuple[ChangeRow, Lease]]:
        """The rows that nobody works on and that want work, the oldest first; none in the channels of `but`."""
        channels = "".join(f",{channel}," for channel in but)
        return await self._taken(Statement(statements.TAKE_DUE, (self.owner, limit, channels)))

    async def take_over(self, row_id: str, to: Sent | None) -> tuple[ChangeRow, Lease] | None:
        """For *Check now*; None where somebody is at it. `to` is a new response_url; None leaves the row's own."""
        if to:
            url = self._encrypt(to.response_url, "response_url", row_id)
            statement = Statement(statements.TAKE_OVER_WITH_URL, (row_id, self.owner, url, to.uses))
        else:
            statement = Statement(statements.TAKE_OVER, (row_id, self.owner))
        taken = await self._taken(statement)
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
                lease = self.lease(row["id"], row["fence"], handed_over_at)
                await self.postpone(lease, pause_s(row["tries"]), row["receipt"])
        taken.sort(key=lambda row: row.due_at or 0)
        return [(row, self.lease(row.id, row.fence, handed_over_at)) for row in taken]
