"""What can go wrong with one request to the fake ticket API."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one request. The default is an answer as it should be.

    A request is carried out after `delay_s`, and not before `until` is set; answered after `delay_after_s` more, and
    not before `answer_until` is set: a read that waits there is answered from before whatever happens meanwhile.

    `status` answers in the API's envelope without carrying anything out; `body` replaces the answer's body after it was
    carried out, unless there is a `status`. A `reset` "before" or "after" carrying out closes the connection with no
    answer. `headers` are added to the answer. `is_stale` answers a read with the ticket as it was before the last
    change that was carried out here, be that long over.

    `gateway` answers `status` with a page of its own, as what stands in front of the API does: "instead", the request
    never comes through; "after" it was carried out; or "before" that: after `delay_s`, and the API carries the request
    out all the same, after `delay_after_s` and `until`. A quick answer is a throttle's, one after `delay_s` or
    `delay_after_s` that of a gateway that waited in vain.
    """

    delay_s: float = 0
    delay_after_s: float = 0
    until: asyncio.Event | None = None
    answer_until: asyncio.Event | None = None
    status: int | None = None
    retry_after: str | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    reset: str | None = None
    gateway: Literal["instead", "before", "after"] | None = None
    is_stale: bool = False

    def __post_init__(self) -> None:
        if self.reset not in {None, "before", "after"}:
            raise ValueError("reset is before or after")
        if self.gateway not in {None, "instead", "before", "after"} or (self.gateway and self.status is None):
            raise ValueError("gateway is instead, before or after, and needs a status")

    def answer(self, status: int, answer: Mapping[str, object]) -> web.Response:
        retry_after = {"Retry-After": self.retry_after} if self.retry_after is not None else {}
        content = json.dumps(answer).encode() if self.body is None else self.body
        headers = {**retry_after, **self.headers}
        return web.Response(status=status, body=content, content_type="application/json", headers=headers)

    def gateway_answer(self) -> web.Response:
        return self.answer(self.status or 0, {"message": "Service Unavailable"})


HTML_PAGE = Fault(body=b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>")
TRUNCATED = Fault(body=b'{"Response": true, "Data": {"CaseNumber": "HYX')
