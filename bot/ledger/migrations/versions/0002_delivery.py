"""Which of Slack's deliveries a request came from: one that is delivered twice asks once."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table changes add column delivery text")
    op.execute("create unique index changes_delivery on changes (delivery) where delivery is not null")
