"""Changes of the tables of people, one after the other (Alembic)."""
