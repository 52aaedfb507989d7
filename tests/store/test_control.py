"""One control database holds the tables of several rooms, and loses nothing when they change."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from interurban.accounts.tables import TABLES as PEOPLE
from interurban.alliance.tables import TABLES as PARTNERS
from interurban.core.errors import StoreError
from interurban.policy.privacy import HEAD as PRIVACY_HEAD
from interurban.policy.privacy import MIGRATIONS as PRIVACY
from interurban.policy.privacy import VERSION_TABLE as PRIVACY_VERSION
from interurban.store.control import Records, Tables, file_in
from interurban.workspace.control import TABLES as WORKSPACE

ENV = """\
import sqlalchemy as sa
from interurban.store.control import run_migrations
run_migrations(sa.MetaData())
"""
FIRST = """\
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    op.create_table("{room}_notes", sa.Column("id", sa.Integer, primary_key=True))
"""
SECOND = """\
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade():
    op.add_column("{room}_notes", sa.Column("said", sa.String(20), server_default="nothing"))
"""
OPEN = """\
import sys
from pathlib import Path
from interurban.store.control import Records, Tables
Records(Path(sys.argv[1]), Tables("The notes", sys.argv[2], "0002", "inn_version"))
"""


def room(folder: Path, name: str, head: str = "0001") -> Tables:
    """A room that keeps notes, with its migrations in a folder of its own."""
    here = folder / name
    (here / "versions").mkdir(parents=True, exist_ok=True)
    (here / "env.py").write_text(ENV)
    (here / "versions" / "first.py").write_text(FIRST.format(room=name))
    if head == "0002":
        (here / "versions" / "second.py").write_text(SECOND.format(room=name))
    return Tables("The notes", str(here), head, f"{name}_version")


def rows(records: Records, table: str) -> list[tuple[object, ...]]:
    with records.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.text(f"SELECT * FROM {table}"))]


def test_tables_change_and_their_rows_stay(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    records = Records(file, room(tmp_path, "inn"))
    with records.writing() as connection:
        connection.execute(sa.text("INSERT INTO inn_notes VALUES (7)"))
    records.close()
    records = Records(file, room(tmp_path, "inn", "0002"))
    assert rows(records, "inn_notes") == [(7, "nothing")]
    records.close()


def test_rooms_share_the_file_and_no_version(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    first = Records(file, room(tmp_path, "inn", "0002"))
    second = Records(file, room(tmp_path, "yard"))
    assert rows(first, "inn_version") == [("0002",)]
    assert rows(second, "yard_version") == [("0001",)]
    first.close()
    second.close()


def test_processes_that_open_it_at_once_migrate_it_once(tmp_path: Path) -> None:
    tables = room(tmp_path, "inn", "0002")
    file = file_in(tmp_path)
    command = [sys.executable, "-c", OPEN, str(file), tables.migrations]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    assert [process.communicate(timeout=60)[1].decode() for process in started] == [""] * 4
    assert [process.returncode for process in started] == [0] * 4


def test_what_is_raised_in_a_transaction_undoes_it(tmp_path: Path) -> None:
    records = Records(file_in(tmp_path), room(tmp_path, "inn"))

    def write(number: int) -> None:
        with records.writing() as connection:
            connection.execute(sa.text("INSERT INTO inn_notes VALUES (1)"))
            assert number

    with pytest.raises(AssertionError):
        write(0)
    assert rows(records, "inn_notes") == []
    records.close()


def test_only_the_owner_of_the_node_can_read_the_file(tmp_path: Path) -> None:
    records = Records(file_in(tmp_path), room(tmp_path, "inn"))
    assert rows(records, "inn_notes") == []
    kept = list(file_in(tmp_path).parent.glob("control.sqlite*"))
    assert kept
    assert all(file.stat().st_mode & 0o077 == 0 for file in kept)
    records.close()


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.parent.mkdir()
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="The notes can't be used"):
        Records(file, room(tmp_path, "inn"))


def test_a_database_from_before_rooms_shared_it_is_taken_as_it_is(tmp_path: Path) -> None:
    from interurban.workspace.control import Control
    from interurban.workspace.folder import Folder

    folder = Folder(tmp_path / "workspace")
    folder.create()
    with sqlite3.connect(folder.control) as old:
        old.executescript(_AS_IT_WAS)
    old.close()
    control = Control(folder)
    found = control.runs()
    assert [(run.id, run.title, run.who, run.state) for run in found] == [
        ("abcdefghjk", "The plan", "ada", "successful")
    ]
    assert control.job("abcdefghjk").reader.organisation == "City of Chicago"
    control.close()


_AS_IT_WAS = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES ('0001');
CREATE TABLE runs (
    id VARCHAR(32) NOT NULL, share VARCHAR(64) NOT NULL, model VARCHAR(64) NOT NULL,
    model_version VARCHAR(32) NOT NULL, city VARCHAR(64) NOT NULL, title VARCHAR(200) NOT NULL,
    version INTEGER NOT NULL, state VARCHAR(16) NOT NULL, parameters JSON NOT NULL,
    inputs JSON NOT NULL, outputs JSON NOT NULL, code_version VARCHAR(64) NOT NULL,
    created_at VARCHAR(40) NOT NULL, started_at VARCHAR(40), ended_at VARCHAR(40),
    who VARCHAR(200) NOT NULL, organisation VARCHAR(200) NOT NULL, purpose VARCHAR(200) NOT NULL,
    progress INTEGER NOT NULL, warnings JSON NOT NULL, error TEXT NOT NULL,
    starts INTEGER NOT NULL, validate BOOLEAN NOT NULL, deleted_at VARCHAR(40),
    deleted_by VARCHAR(200), PRIMARY KEY (id), UNIQUE (share)
);
CREATE INDEX runs_by_time ON runs (created_at);
CREATE INDEX runs_by_title ON runs (city, model, title);
INSERT INTO runs VALUES (
    'abcdefghjk', 'share', 'cohort_component', '1.0.0', 'chicago', 'The plan', 1, 'successful',
    '{}', '{}', '{}', '0.1.0', '2026-03-01T12:00:00+00:00', NULL, NULL, 'ada', 'City of Chicago',
    'public', 100, '[]', '', 1, 1, NULL, NULL
);
"""


ROOMS = {
    "runs": WORKSPACE,
    "people": PEOPLE,
    "privacy": Tables("The privacy ledger", PRIVACY, PRIVACY_HEAD, PRIVACY_VERSION),
    "partners": PARTNERS,
}


@pytest.mark.parametrize("name", ROOMS)
def test_what_a_newer_program_has_written_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    file, tables = file_in(tmp_path), ROOMS[name]
    Records(file, tables).close()
    with sqlite3.connect(file) as database:
        database.execute(f"UPDATE {tables.version_table} SET version_num = '9999'")
    database.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="This home was used by a newer Interurban") as raised:
        Records(file, tables)
    assert "backup" in raised.value.advice
    assert "\n" not in str(raised.value)
    assert file.read_bytes() == before


def test_the_other_rooms_of_such_a_home_still_open(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    Records(file, PEOPLE).close()
    with sqlite3.connect(file) as database:
        database.execute(f"UPDATE {PEOPLE.version_table} SET version_num = '9999'")
    database.close()
    Records(file, WORKSPACE).close()
