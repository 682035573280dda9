"""The history of the schema, forward only; Alembic runs it when a store is opened."""
