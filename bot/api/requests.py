"""One request to the ticket API with what its answer says, and a line in the log for each."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from bot import logs
from bot.api import responses
from bot.api.errors import AuthenticationError, GatewayError, SweeppeaError
from bot.api.http import RawResponse
from bot.runtime import Runtime

FETCH = "/tickets/fetchSingleTicket"

Post = Callable[[str, dict[str, str]], Awaitable[RawResponse]]

log = logging.getLogger("bot.api.client")


class Requests:
    """`own_secrets` are in no error's message, should the API quote them."""

    def __init__(self, runtime: Runtime, own_secrets: tuple[str, ...]) -> None:
        self._runtime = runtime
        self._own_secrets = own_secrets
        self._is_key_rejected = False

    async def send(self, endpoint: str, body: dict[str, str], post: Post) -> Mapping[str, object]:
        """The answer's object. Raises SweeppeaError."""
        started, outcome, level = self._runtime.boottime(), "cancelled", logging.INFO
        try:
            raw = await post(endpoint, body)
            outcome = str(raw.status)
            answer = responses.decipher(*raw, self._own_secrets)
            level = logging.DEBUG if endpoint == FETCH else level  # that a ticket was read is no news
        except SweeppeaError as error:
            if outcome == "cancelled":
                outcome = f"{type(error).__name__} ({error})"
            elif isinstance(error, GatewayError):
                outcome += " from a gateway"
            self._log_rejected_key(error)
            raise
        finally:
            took_ms = (self._runtime.boottime() - started) * 1000
            logs.add(log, level, "%s %s: %s, %.0f ms", endpoint, *body.values(), outcome, took_ms)
        self._is_key_rejected = False
        return answer

    def _log_rejected_key(self, error: SweeppeaError) -> None:
        if isinstance(error, AuthenticationError) and not self._is_key_rejected:
            self._is_key_rejected = True
            log.error("the API refuses SWEEPPEA_API_KEY (HTTP %d); nothing works until it is replaced", error.status)
