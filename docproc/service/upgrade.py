"""Bring the database up to date."""

from __future__ import annotations

from docproc.service.parts import Parts


def upgrade_database(parts: Parts) -> str:
    """Upgrade tables and views; say what was done. Raises Unavailable."""
    try:
        if parts.database.current():
            return f"{parts.database.where}: up to date already"
        parts.database.upgrade()
    finally:
        parts.database.close()
    return f"{parts.database.where}: tables and views are up to date now"
