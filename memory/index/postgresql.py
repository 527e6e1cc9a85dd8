"""Reading an index in PostgreSQL: the statements as they are, through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from kubectl_smart.memory.index.engines import in_our_words
from kubectl_smart.memory.index.statements import STATEMENTS
from kubectl_smart.memory.records.stopping import look


class PostgresqlReader:
    """Executes the statements; each on its own unless inside `snapshot`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held = False
        try:
            self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as error:
            raise in_our_words(error) from error

    def rows(self, statement: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of the statement, which itself is not stopped."""
        look()
        try:
            found = self._connection.execute(STATEMENTS[statement], parameters)
            return [tuple(row) for row in found]
        except DBAPIError as error:
            raise in_our_words(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside sees one instant."""
        if self._held:
            yield
            return
        self._connection.commit()
        self._connection.execution_options(isolation_level="REPEATABLE READ")
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self._connection.rollback()
            self._connection.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
        self._engine.dispose()
