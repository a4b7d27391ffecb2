"""Changes that were begun, and who did what."""

from alembic import op

revision = "0001"
down_revision = None

OLDEST_VERSION = "0.1.0"  # of the bot, that may use a database with this schema

# In SQLite `strict`: a column takes its own type alone, as everywhere else.
TYPES = {
    "sqlite": {"FLOAT": "real", "BYTES": "blob", "IDENTITY": "integer primary key autoincrement", "STRICT": "strict"},
    "postgresql": {
        "FLOAT": "double precision",
        "BYTES": "bytea",
        "IDENTITY": "bigint generated always as identity primary key",
        "STRICT": "",
    },
}

# Times are seconds since the epoch, by the database's clock.
POSTGRES_CLOCK = """
create function ledger_now() returns double precision language sql stable as
$$ select extract(epoch from clock_timestamp())::double precision $$
"""

TABLES = (
    """
create table ledger_meta (
  key text primary key not null,
  value text not null
) STRICT
""",
    """
create table changes (
  id text primary key not null,
  account text not null,
  case_number text not null,
  state text not null check (state in ('open', 'claimed', 'sending', 'ended', 'delivered')),
  busy integer not null default 0,
  request text not null,
  asker text not null,
  team text not null,
  channel text not null,
  thread_ts text not null default '',
  message_ts text not null default '',
  private integer not null default 0,
  editable integer not null default 0,
  change text not null default '',
  clicker text not null default '',
  clicked_at FLOAT,
  ref text not null default '',
  asked_at FLOAT not null,
  expires_at FLOAT not null,
  owner text,
  fence integer not null default 0,
  lease_until FLOAT,
  send_not_after FLOAT,
  last_try FLOAT,
  settled_at FLOAT,
  announced integer not null default 0,
  outcome text not null default '',
  answer text not null default '',
  copy BYTES,
  message BYTES,
  response_url BYTES,
  response_url_until FLOAT,
  response_url_uses integer not null default 0,
  receipt text not null default '',
  show_again FLOAT,
  tries integer not null default 0,
  due_at FLOAT,
  ended_at FLOAT,
  delivered_at FLOAT
) STRICT
""",
    "create unique index changes_busy on changes (case_number) where busy = 1",
    "create index changes_due on changes (due_at) where due_at is not null",
    "create index changes_ended on changes (ended_at) where ended_at is not null",
    "create index changes_response_url on changes (response_url_until) where response_url is not null",
    "create index changes_case_number on changes (case_number)",
    "create index changes_owner on changes (owner) where owner is not null",
    """
create table audit (
  id IDENTITY,
  at FLOAT not null,
  event text not null,
  change text not null,
  user_id text not null,
  asker text not null,
  confirmer text not null,
  team text not null,
  channel text not null,
  case_number text,
  request text not null,
  replaces text not null,
  outcome text not null,
  ref text not null
) STRICT
""",
    "create index audit_case_number on audit (case_number, at)",
    "create index audit_user on audit (user_id, at)",
    "create index audit_at on audit (at)",
)

# They guard against our faults, not against whoever owns the database. Where `ledger_now` is not known, as in the
# command line of SQLite, nothing can be deleted.
TRIGGERS = {
    "sqlite": (
        """
create trigger audit_keeps before update on audit
begin select raise(abort, 'a row of audit is never changed'); end
""",
        """
create trigger audit_keeps_a_day before delete on audit when old.at > ledger_now() - 86400
begin select raise(abort, 'a row of audit is kept for a day at least'); end
""",
    ),
    "postgresql": (
        """
create function audit_keeps() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.at <= ledger_now() - 86400 then
    return old;
  end if;
  raise exception 'a row of audit is never changed, and kept for a day at least';
end
$$
""",
        "create trigger audit_keeps before update or delete on audit for each row execute function audit_keeps()",
        "create trigger audit_keeps_all before truncate on audit for each statement execute function audit_keeps()",
    ),
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(POSTGRES_CLOCK)
    for statement in TABLES:
        for name, type_ in TYPES[dialect].items():
            statement = statement.replace(name, type_)  # noqa: PLW2901
        op.execute(statement)
    for trigger in TRIGGERS[dialect]:
        op.execute(trigger)
    op.execute(f"insert into ledger_meta (key, value) values ('oldest_version', '{OLDEST_VERSION}')")  # noqa: S608
