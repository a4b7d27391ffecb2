"""What the log says of the whole bot, once: with what it starts."""

import platform

from bot.policy import People
from bot.settings import Settings
from handlers import VERSION


def version() -> str:
    return f"ticket-bot {VERSION}, Python {platform.python_version()}"


def start_line(settings: Settings) -> str:
    """Names and numbers of settings, none that is a secret."""
    audit = f"AUDIT_CHANNEL {settings.audit_channel}" if settings.audit_channel else "no AUDIT_CHANNEL"
    return "; ".join(
        (
            f"{version()} starts",
            "Socket Mode" if settings.slack_app_token else "HTTP",
            f"settings from {settings.origin}",
            f"viewers: {_people(settings.ticket_viewers)}",
            f"deleters: {_people(settings.ticket_deleters)}",
            f"channels: {len(settings.ticket_channels) or 'all'}",
            audit,
            f"database: {'SQLite' if settings.database_url.get_secret_value().startswith('sqlite') else 'PostgreSQL'}",
            f"contact: {settings.bot_contact or 'nobody'}",
        )
    )


def _people(people: People) -> str:
    return "everybody" if people.everybody else str(len(people.ids) or "nobody")
