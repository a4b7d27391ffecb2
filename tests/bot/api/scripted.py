"""A transport in memory that meets one thing after another, and notes what happened when."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from bot.api.client import ChangeResult, SweeppeaClient
from bot.api.errors import Effect, NoResponseError, NotSentError
from bot.api.http import OnStage, RawResponse, Stage
from bot.api.retry import Backoff
from bot.runtime import Runtime
from tests.bot.api.calls import A, B, now

EPOCH = 1_795_000_000.0


DEADLINE_S = 20.0


Kind = Literal["unreachable", "api", "gateway", "reset", "silence"]


@dataclass(frozen=True)
class Try:
    """What the next request meets: seconds until the connection stands, seconds until the answer, and the answer."""

    kind: Kind
    status: int = 200
    connect_s: float = 0.0
    answer_s: float = 0.0
    retry_after: str | None = None

    @property
    def effect(self) -> Effect | None:
        """None: confirmed."""
        if self.kind == "unreachable":
            return Effect.NOT_APPLIED
        if self.kind != "api":
            return Effect.UNKNOWN
        if self.status == 200:
            return None
        return Effect.NOT_APPLIED if self.status in {401, 403, 404, 429, 503} else Effect.READ_BACK

    @property
    def may_be_repeated(self) -> bool:
        quick = self.kind == "api" or (self.kind == "gateway" and self.answer_s <= 2)
        return self.kind == "unreachable" or (quick and self.status in {429, 503})


@dataclass
class Event:
    """`what` is "verifying", "verified", "first byte" or "ended"; `at` is in the loop's time."""

    what: str
    at: float
    tried: Try | None = None


@dataclass
class Scripted:
    """The transport, and the read before a change; after the last try each one is confirmed."""

    tries: list[Try]
    verify_s: list[float] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refusal: Exception | None = None
    refuse_after: int = 10**6

    def __post_init__(self) -> None:
        self.tries = list(self.tries)  # each is taken out as it is met, and a test's parameter stays as it is

    def note(self, what: str, tried: Try | None = None) -> None:
        self.events.append(Event(what, now(), tried))

    async def verify(self) -> None:
        self.note("verifying")
        await asyncio.sleep(self.verify_s.pop(0) if self.verify_s else 0)
        if self.count("verifying") > self.refuse_after:
            raise self.refusal or NotSentError
        self.note("verified")

    async def post_idempotent(self, endpoint: str, body: Mapping[str, str], *, reuse: bool) -> RawResponse:
        raise AssertionError(endpoint, body, reuse)

    async def post_once(self, endpoint: str, body: Mapping[str, str], on_stage: OnStage) -> RawResponse:
        assert (endpoint, body) in [("/tickets/delete", {"CaseId": number}) for number in (A, B)]
        tried = self.tries.pop(0) if self.tries else Try("api")
        try:
            return await self._meet(tried, on_stage)
        finally:
            self.note("ended", tried)

    async def _meet(self, tried: Try, on_stage: OnStage) -> RawResponse:
        await asyncio.sleep(tried.connect_s)
        if tried.kind == "unreachable":
            raise NotSentError
        await on_stage(Stage.CONNECTED)
        await on_stage(Stage.SENDING)
        self.note("first byte", tried)
        await on_stage(Stage.SENT)
        await asyncio.sleep(10**6 if tried.kind == "silence" else tried.answer_s)
        if tried.kind == "reset":
            raise NoResponseError
        is_success = tried.status == 200
        answer = {"Response": is_success, "Message": "Why", "Code": tried.status} if tried.kind == "api" else {}
        return RawResponse(tried.status, tried.retry_after, json.dumps(answer).encode())

    def count(self, what: str) -> int:
        return sum(event.what == what for event in self.events)


def client_of(transport: Scripted) -> SweeppeaClient:
    runtime = Runtime(now=lambda: EPOCH + now(), boottime=lambda: 7 + now(), random=Random(1))
    return SweeppeaClient(transport, runtime=runtime, backoff=Backoff())


async def changed(transport: Scripted, read_age_s: float = 0.0) -> ChangeResult:
    return await client_of(transport).change(
        "delete", A, deadline=now() + DEADLINE_S, verify=transport.verify, verified_at=now() - read_age_s
    )
