"""A PostgreSQL server of our own for tests: a new cluster in a temporary folder, gone afterwards.

    with running_server() as url: ...          # postgresql://tester@127.0.0.1:<port>/postgres
    with schema_of(url) as place: ...           # the same, with an empty schema as search path

Uses the newest PostgreSQL of the distribution (or the one on PATH). The server refuses to run as
root, so root runs it as the user `postgres`. Nothing is listened to but 127.0.0.1.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

_NUMBERS = count(1)
_PATIENCE = 30.0
_CLUSTER = ("-U", "tester", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "20",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "lc_messages": "C",
}


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; None if there is no PostgreSQL here."""
    homes = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    homes.sort(key=lambda home: float(home.parent.name))
    if homes:
        return homes[-1]
    found = shutil.which("postgres")
    return None if found is None else Path(found).resolve().parent


def _user() -> tuple[int, int] | None:
    """Whom to run the server as: (user id, group id), or None for ourselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("postgres")
    return entry.pw_uid, entry.pw_gid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server, yield its URL, stop it and remove its files."""
    home = programs()
    assert home is not None, "no PostgreSQL: install Debian's package `postgresql`"
    folder = Path(tempfile.mkdtemp(prefix="smart-postgresql-"))
    user = _user()
    uid, gid = user if user is not None else (None, None)
    if user is not None:
        os.chown(folder, *user)
    try:
        subprocess.run(
            [str(home / "initdb"), "-D", str(folder / "data"), *_CLUSTER],
            check=True,
            capture_output=True,
            cwd=folder,
            user=uid,
            group=gid,
        )
        port = _free_port()
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [str(home / "postgres"), "-D", str(folder / "data"), "-p", str(port), *settings],
                stdout=log,
                stderr=log,
                cwd=folder,
                user=uid,
                group=gid,
            )
        try:
            url = f"postgresql://tester@127.0.0.1:{port}/postgres"
            _wait(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # without waiting for clients
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    until = time.monotonic() + _PATIENCE
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"no PostgreSQL: {log.read_text()}") from None
            time.sleep(0.05)
        else:
            return


@contextmanager
def schema_of(url: str) -> Iterator[str]:
    """An empty schema of that database, as the URL of an index; dropped afterwards."""
    import psycopg

    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    try:
        yield f"{url}?options=-csearch_path%3D{name}"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())
