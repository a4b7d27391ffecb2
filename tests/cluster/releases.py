"""The release after this one, as a copy of this one with a step of the schema more, which code of its own uses.

So the two have between them what a release may change in the ledger, whatever this one is.
"""

import re
import shutil
from pathlib import Path

from bot.ledger.schema import SCHEMA
from handlers import VERSION
from tests.simulation.planted import ROOT

_MIGRATIONS = Path("bot/ledger/migrations/versions")
NEXT_SCHEMA = f"{int(SCHEMA) + 1:04}"
# What a step may do, on tables that both releases use, and a table of its own.
_STEP = f"""
from alembic import op

revision = "{NEXT_SCHEMA}"
down_revision = "{SCHEMA}"


def upgrade() -> None:
    op.execute("alter table changes add column clicked_in text")
    op.execute("alter table changes add column looks integer not null default 0")
    op.execute("create unique index changes_clicked_in on changes (clicked_in, id) where clicked_in is not null")
    op.execute("alter table audit add column written_by text not null default ''")
    op.execute("create table next_release (id text primary key not null)")
"""
_NO_WAY_BACK = """    op.execute("update ledger_meta set value = '{version}' where key = 'oldest_version'")\n"""


def next_version() -> str:
    major, minor, _ = map(int, re.findall(r"\d+", VERSION)[:3])
    return f"{major}.{minor + 1}.0"


def next_release(folder: Path, *, refuses_this: bool = False) -> Path:
    """The folder of its `app.py`. `refuses_this`: no older bot may use the database from then on.

    Raises LookupError where this release's text is not what is replaced here: then see to that.
    """
    for package in ("bot", "handlers", "commands"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", folder)
    version, ledger = next_version(), folder / "bot/ledger"
    _replace(folder / "handlers/__init__.py", f'VERSION = "{VERSION}"', f'VERSION = "{version}"')
    _replace(ledger / "schema.py", f'SCHEMA = "{SCHEMA}"', f'SCHEMA = "{NEXT_SCHEMA}"')
    step = _STEP + (_NO_WAY_BACK.format(version=version) if refuses_this else "")
    (folder / _MIGRATIONS / f"{NEXT_SCHEMA}_next.py").write_text(step)
    statements = ledger / "statements.py"
    _replace(
        statements,
        "SET state = 'claimed', busy",
        f"SET clicked_in = '{version}', looks = looks + 1, state = 'claimed', busy",
    )
    _replace(statements, "INSERT INTO audit (at,", "INSERT INTO audit (written_by, at,")
    for words in (" VALUES (", " SELECT "):
        now = f"{{_AUDIT}}{words}ledger_now()"
        _replace(statements, now, now.replace("ledger_now()", f"'{version}', ledger_now()"))
    return folder


def _replace(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    if text.count(before) != 1:
        raise LookupError(f"{before!r} stands {text.count(before)} times in {file.name}")
    file.write_text(text.replace(before, after))
