"""Records in a real SQLite file, and on a real PostgreSQL server where one is named."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

from analytics.records import Records, open_records
from analytics.records.acts import Act
from collector.accounts import Records as RecordSettings

POSTGRESQL = "GROUNDWATT_TEST_POSTGRES_URL"
"""With a URL like postgresql+psycopg://user@host/database, everything also runs on PostgreSQL."""


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRESQL in os.environ else [])])
def settings(request: pytest.FixtureRequest) -> Iterator[RecordSettings]:
    """Of an empty database; on PostgreSQL that is a schema which goes with the test."""
    if request.param == "sqlite":
        yield RecordSettings()
        return
    url, schema = make_url(os.environ[POSTGRESQL]), f"test_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        own = url.update_query_dict({"options": f"-csearch_path={schema}"})
        yield RecordSettings(url=own.render_as_string(hide_password=False))
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


@pytest.fixture
def records(settings: RecordSettings, tmp_path: Path) -> Iterator[Records]:
    opened = open_records(settings, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def act() -> Act:
    return Act("Wang", "wrong ratio", 1_767_240_000_000)
