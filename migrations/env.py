"""Alembic's entry: run by `docproc.store.schema`, which hands over a connection inside a transaction."""

from __future__ import annotations

from alembic import context

from docproc.store.face_tables import metadata  # with all the tables in it

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("migrations run through `docproc db upgrade`, which also drops and makes the views")
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
