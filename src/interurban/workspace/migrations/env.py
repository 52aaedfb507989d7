"""Alembic runs this to migrate: the connection comes from ``control.py``."""

from __future__ import annotations

from alembic import context

from interurban.workspace.control import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
