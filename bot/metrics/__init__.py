"""What is counted, for Prometheus: `METRICS_PORT`. Where nothing is counted, Prometheus' library is not loaded.

counters    what the rest of the bot says of what it does; here nothing comes of that
labels      the values that a label may have
snapshot    what is asked for when Prometheus asks
prometheus  the same counted, and written down as Prometheus reads it; process: the figures of the process
"""

from bot.metrics.counters import CONTENT_TYPE, OFF, ApiAnswer, Metrics, TurnedAway
from bot.metrics.snapshot import Changes, QueueState, Snapshot

__all__ = ["CONTENT_TYPE", "OFF", "ApiAnswer", "Changes", "Metrics", "QueueState", "Snapshot", "TurnedAway"]
