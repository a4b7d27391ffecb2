"""What Prometheus asks for: GET /metrics on METRICS_PORT, from the bot's own event loop."""

import asyncio
import logging
import platform
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot.ledger.database import LedgerError
from bot.ledger.overview import overview
from bot.metrics import CONTENT_TYPE, OFF, Changes, Metrics, Snapshot
from bot.runtime import Runtime
from bot.settings import Settings
from handlers import VERSION
from handlers.routes import ROUTES
from handlers.services import Services
from handlers.slack.transports import listening

PATH = "/metrics"
LEDGER_TIMEOUT_S = 2.0
CLOSE_S = 0.1  # whoever asks may ask again; 0 would be as long as they like

log = logging.getLogger(__name__)


def metrics_for(settings: Settings, runtime: Runtime) -> Metrics:
    """Nothing is counted, and the library not even loaded, without METRICS_PORT."""
    if settings.metrics_port is None:
        return OFF
    from bot.metrics.prometheus import PrometheusMetrics  # noqa: PLC0415

    build = {
        "version": VERSION,
        "python": platform.python_version(),
        "transport": "socket" if settings.slack_app_token else "http",
        "database": "sqlite" if settings.database_url.get_secret_value().startswith("sqlite") else "postgresql",
    }
    return PrometheusMetrics(ROUTES, build, runtime.now())


@asynccontextmanager
async def metrics_served(
    settings: Settings,
    metrics: Metrics,
    services: Services,
    healthy: Callable[[], Awaitable[bool]],
    is_degraded: Callable[[], bool],
) -> AsyncIterator[int | None]:
    """Until the block ends, if anything is counted; yields the port. Raises StartupError."""
    if settings.metrics_port is None:
        yield None
        return
    scrape = Scrape(metrics, services, healthy, is_degraded)
    names, host = "METRICS_HOST and METRICS_PORT", settings.metrics_host
    async with listening(
        host, settings.metrics_port, [web.get(PATH, scrape.answer)], settings=names, close_s=CLOSE_S
    ) as port:
        log.info("metrics are at http://%s:%d%s", host, port, PATH)
        yield port


@dataclass(frozen=True)
class Scrape:
    metrics: Metrics
    services: Services
    healthy: Callable[[], Awaitable[bool]]
    is_degraded: Callable[[], bool]

    async def answer(self, _: web.Request) -> web.Response:
        snapshot = Snapshot(
            is_ready=await self.healthy(),
            is_ledger_up=not self.is_degraded(),
            under_way=self.services.runner.under_way,
            tasks=len(asyncio.all_tasks()),
            queues=self.services.client.queues(),
            changes=await self._changes(),
        )
        return web.Response(body=self.metrics.render(snapshot), headers={"Content-Type": CONTENT_TYPE})

    async def _changes(self) -> Changes | None:
        """A database that is away breaks nothing else; that it is away the log says already."""
        try:
            async with asyncio.timeout(LEDGER_TIMEOUT_S):
                found = await overview(self.services.ledger.database)
        except (LedgerError, TimeoutError):
            return None
        return Changes(found.by_state, found.oldest_s, found.unknown)
