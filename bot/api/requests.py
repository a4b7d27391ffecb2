"""One request to the ticket API with what its answer says, and a line in the log for each."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot import logs
from bot.api import responses
from bot.api.errors import (
    AuthenticationError,
    Effect,
    GatewayError,
    InvalidResponseError,
    NotSentError,
    StatusError,
    SweeppeaError,
)
from bot.api.http import RawResponse
from bot.metrics import OFF, ApiAnswer, Metrics
from bot.runtime import Runtime

FETCH = "/tickets/fetchSingleTicket"

Post = Callable[[str, dict[str, str]], Awaitable[RawResponse]]

log = logging.getLogger("bot.api.client")


class Requests:
    """`own_secrets` are in no error's message, should the API quote them."""

    def __init__(self, runtime: Runtime, own_secrets: tuple[str, ...], metrics: Metrics = OFF) -> None:
        self._runtime = runtime
        self._own_secrets = own_secrets
        self._metrics = metrics
        self._is_key_rejected = False

    async def send(self, endpoint: str, body: dict[str, str], post: Post) -> Mapping[str, object]:
        """The answer's object. Raises SweeppeaError."""
        started, outcome, level = self._runtime.boottime(), "cancelled", logging.INFO
        came: ApiAnswer | None = None  # nothing is counted where nothing was to be sent after all
        try:
            raw = await post(endpoint, body)
            outcome = str(raw.status)
            answer = responses.decipher(*raw, self._own_secrets)
            came = ApiAnswer("api", outcome, is_served=True)
            level = logging.DEBUG if endpoint == FETCH else level  # that a ticket was read is no news
        except SweeppeaError as error:
            if outcome == "cancelled":
                outcome = f"{type(error).__name__} ({error})"
            elif isinstance(error, GatewayError):
                outcome += " from a gateway"
            self._log_rejected_key(error)
            came = _answer_in(error)
            raise
        except asyncio.CancelledError:  # whoever waited has no time left, or the bot is stopping
            came = ApiAnswer("none", "no_answer", is_served=False)
            raise
        finally:
            took_s = self._runtime.boottime() - started
            logs.add(log, level, "%s %s: %s, %.0f ms", endpoint, *body.values(), outcome, took_s * 1000)
            if came:
                self._metrics.api_request(endpoint, came, took_s)
        self._is_key_rejected = False
        return answer

    def _log_rejected_key(self, error: SweeppeaError) -> None:
        if isinstance(error, AuthenticationError) and not self._is_key_rejected:
            self._is_key_rejected = True
            log.error("the API refuses SWEEPPEA_API_KEY (HTTP %d); nothing works until it is replaced", error.status)


def _answer_in(error: SweeppeaError) -> ApiAnswer:
    """Whose answer it was: see bot.api.errors."""
    is_served = responses.is_answer(error)
    if isinstance(error, StatusError):
        return ApiAnswer("api" if error.is_api_error else "gateway", str(error.status), is_served)
    if isinstance(error, InvalidResponseError):
        return ApiAnswer("api" if error.effect is Effect.READ_BACK else "gateway", "invalid", is_served)
    return ApiAnswer("none", "not_sent" if isinstance(error, NotSentError) else "no_answer", is_served)
