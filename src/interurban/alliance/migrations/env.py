"""Alembic runs this to migrate the record of partners."""

from __future__ import annotations

from interurban.alliance.tables import metadata
from interurban.store.control import run_migrations

run_migrations(metadata)
