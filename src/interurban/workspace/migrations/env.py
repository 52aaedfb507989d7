"""Alembic runs this to migrate the record of runs."""

from __future__ import annotations

from interurban.store.control import run_migrations
from interurban.workspace.control import metadata

run_migrations(metadata)
