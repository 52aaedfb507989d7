"""Changes of the control database's tables, one after the other (Alembic)."""
