"""What all tables of the records share: one catalogue of tables, and how a row tells its time."""

from __future__ import annotations

import sqlalchemy

metadata = sqlalchemy.MetaData()

Milliseconds = sqlalchemy.BigInteger
"""Instants. [ms since epoch, UTC]"""

Identifier = sqlalchemy.BigInteger().with_variant(sqlalchemy.Integer, "sqlite")
"""Running numbers; SQLite counts up by itself in a plain INTEGER only."""
