"""Many people before an API in memory that serves one request at a time, on a virtual clock."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from bot.api.client import Rank, SweeppeaClient
from bot.api.errors import SweeppeaError
from bot.api.http import OnStage, RawResponse, Stage
from bot.api.retry import Backoff
from bot.api.turn import SoleProcess, Turn
from bot.runtime import Runtime
from bot.tickets import CaseNumber
from tests.bot.api.calls import now

Kind = Literal["look", "read", "delete"]
DEADLINE_S = 20.0


@dataclass
class StrictApi:
    """Takes each request to its end, whoever has given it up meanwhile, and answers 503 to what overlaps.

    `service_s` says how long a request takes that comes now; `weather` what it is answered with: 200 for the ticket, 0
    for nothing within the time of one try.
    `foreign` are times, from and to, at which somebody else's request is served.
    """

    service_s: Callable[[], float] = lambda: 0.05
    weather: Callable[[float], int] = lambda _: 200
    foreign: list[tuple[float, float]] = field(default_factory=list)
    serving: dict[str, int] = field(default_factory=dict)
    overlaps: int = 0
    calls: list[tuple[float, str]] = field(default_factory=list)
    tasks: set["asyncio.Task[RawResponse]"] = field(default_factory=set)

    async def post_idempotent(self, endpoint: str, body: Mapping[str, str], *, reuse: bool) -> RawResponse:
        del reuse
        return await asyncio.shield(self._start(endpoint, body))

    async def post_once(self, endpoint: str, body: Mapping[str, str], on_stage: OnStage) -> RawResponse:
        await on_stage(Stage.CONNECTED)
        await on_stage(Stage.SENDING)
        serving = self._start(endpoint, body)
        await on_stage(Stage.SENT)
        return await asyncio.shield(serving)

    def _start(self, endpoint: str, body: Mapping[str, str]) -> "asyncio.Task[RawResponse]":
        task = asyncio.create_task(self._serve(endpoint, next(iter(body.values()))))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _serve(self, endpoint: str, case_number: str) -> RawResponse:
        self.calls.append((now(), case_number))
        if self.serving.get(endpoint):
            self.overlaps += 1
            return _no(503)
        if any(start <= now() < end for start, end in self.foreign):
            return _no(503)
        self.serving[endpoint] = 1
        status = self.weather(now())
        try:
            await asyncio.sleep(12 if status == 0 else self.service_s())
        finally:
            self.serving[endpoint] = 0
        if status != 200:
            return _no(status)
        ticket: dict[str, object] = {"CaseNumber": case_number, "Status": False}
        return RawResponse(200, None, json.dumps({"Response": True, "Data": ticket}).encode())

    def client(self, turn_at: Callable[[str], Turn] = lambda _: SoleProcess()) -> SweeppeaClient:
        runtime = Runtime(now=now, boottime=now, random=Random(1))
        return SweeppeaClient(self, runtime=runtime, backoff=Backoff(), turn_at=turn_at)


def _no(status: int) -> RawResponse:
    return RawResponse(status, None, json.dumps({"Response": False, "Message": "No", "Code": status}).encode())


@dataclass
class Asked:
    """Somebody who asks `at` seconds from the start; `gives_up_s` after how many seconds the command is stopped."""

    at: float
    by: str
    case_number: CaseNumber
    kind: Kind = "look"
    deadline_s: float = DEADLINE_S
    gives_up_s: float | None = None
    wait_s: float = 0.0
    error: SweeppeaError | None = None
    is_stopped: bool = False

    @property
    def has_ticket(self) -> bool:
        return self.error is None and not self.is_stopped

    async def ask(self, client: SweeppeaClient) -> None:
        await asyncio.sleep(self.at)
        asked_at = now()
        try:
            async with asyncio.timeout(self.gives_up_s):
                await self._call(client, asked_at + self.deadline_s)
        except TimeoutError:
            self.is_stopped = True
        except SweeppeaError as error:
            self.error = error
        self.wait_s = now() - asked_at

    async def _call(self, client: SweeppeaClient, deadline: float) -> None:
        if self.kind == "look":
            await client.look(self.case_number, deadline=deadline, by=self.by)
        elif self.kind == "read":
            await client.read(self.case_number, deadline=deadline, by=self.by, rank=Rank.CLICK, then="delete")
        else:
            result = await client.change(
                "delete", self.case_number, deadline=deadline, verify=_verified, verified_at=now(), by=self.by
            )
            if isinstance(result.error, SweeppeaError):
                raise result.error


async def _verified() -> None:
    pass


async def all_ask(api: StrictApi, people: Iterable[Asked], client: SweeppeaClient | None = None) -> None:
    """Until each has an answer, and the API has done what was asked of it."""
    client = client or api.client()
    await asyncio.gather(*(asked.ask(client) for asked in people))
    await client.close()
    if api.tasks:
        await asyncio.wait(api.tasks, timeout=20)


def steadily(per_s: float, seconds: float, by: Callable[[int], str], start: float = 0.0) -> list[Asked]:
    """Each asks for another ticket."""
    count = int(per_s * seconds)
    return [Asked(start + number / per_s, by(number), CaseNumber(f"{number:07}")) for number in range(count)]


def p95(times: Iterable[float]) -> float:
    ordered = sorted(times)
    return ordered[int(len(ordered) * 0.95)] if ordered else 0.0
