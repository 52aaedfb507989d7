"""Alembic runs this to migrate the record of people."""

from __future__ import annotations

from interurban.accounts.tables import metadata
from interurban.store.control import run_migrations

run_migrations(metadata)
