"""What the bot itself must not forget: deliveries it has not answered, buttons, threads, nudges.

A SQLite file of its own, mode 0600; nothing of it is knowledge about the cluster, that is in the
memory. A delivery is written down before it is acknowledged and struck out when it was answered: a
bot that is killed in between finds it here and answers it when it is back.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from kubectl_smart.bot.auditing import Deed, Page
from kubectl_smart.memory.records.errors import BadInput, NothingKnown

SEEN_FOR = 25 * 3_600.0
"""Seconds for which a delivery is recognised: Slack repeats for up to a day."""
KEPT_FOR = 12 * 3_600.0
"""Seconds for which the buttons of an answer work."""

_TABLES = """
create table if not exists seen (id text primary key, until real not null) without rowid;
create table if not exists pending (id text primary key, at real not null, body text not null);
create table if not exists kept (
    handle text primary key, until real not null, team text not null, channel text not null,
    user text not null, text text not null, asked_at integer not null) without rowid;
create table if not exists threads (
    team text not null, channel text not null, ts text not null, change text not null,
    incident text not null, primary key (team, channel, ts)) without rowid;
create table if not exists announced (
    change text primary key, team text not null, channel text not null, ts text not null,
    at real not null, nudged real, explained real) without rowid;
create table if not exists trail (
    at real not null, team text not null, user text not null, channel text not null,
    verb text not null, refusal text not null,
    delivery text not null default '', ending text not null default '');
create table if not exists marks (name text primary key, value text not null) without rowid;
"""

_LATER = ("delivery", "ending")
"""Columns of `trail` that the file of an older bot lacks."""
_TRAIL = """
select count(*) over (), at, team, user, channel, verb, refusal, ending from trail
where at >= ? and ? in ('', user) and ? in ('', team) order by at desc, rowid desc limit ?
"""

_ANNOUNCED = """
select change, team, channel, ts, at, nudged is not null, explained is not null from announced
"""


class Kept(NamedTuple):
    """A question that was answered, for its buttons: no answer, whoever clicks may see less.

    text      as it was typed; asked_at  microseconds since 1970-01-01 UTC
    """

    team: str
    channel: str
    user: str
    text: str
    asked_at: int


class About(NamedTuple):
    """What a thread talks about; "" for nothing."""

    change: str = ""
    incident: str = ""


class Announced(NamedTuple):
    """A change that was announced: where, when (seconds), and whether somebody was asked again."""

    change: str
    team: str
    channel: str
    ts: str
    at: float
    nudged: bool
    explained: bool


@contextmanager
def reading(path: Path) -> Iterator[State]:
    """The file of a bot, which may be running. NothingKnown if there is none; else BadInput."""
    if not path.is_file():
        raise NothingKnown(f"there is no {path}", "it is made by the first `slack serve`")
    try:
        with closing(State(path)) as state:
            yield state
    except sqlite3.Error as problem:
        raise BadInput(f"{path} cannot be read: {problem}", "see slack.state") from None


class State:
    """The bot's own file; use it from one thread.

    path  None: in memory, for a bot that may forget
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.executescript(_TABLES)
        there = {row[1] for row in self._db.execute("pragma table_info(trail)")}
        for name in _LATER:
            if name not in there:
                self._db.execute(f"alter table trail add column {name} text not null default ''")
        self._db.execute("create index if not exists trail_delivery on trail (delivery)")
        self._db.execute("create index if not exists trail_at on trail (at)")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # --- deliveries ---------------------------------------------------------------------------

    def begin(self, delivery: str, body: Mapping[str, Any], now: float) -> bool:
        """Write a delivery down; False if it came before. Durable on return."""
        with self._db:
            self._db.execute("begin immediate")
            self._db.execute("delete from seen where until <= ?", (now,))
            done = self._db.execute(
                "insert or ignore into seen values (?, ?)", (delivery, now + SEEN_FOR)
            )
            if done.rowcount == 0:
                return False
            self._db.execute(
                "insert or replace into pending values (?, ?, ?)",
                (delivery, now, json.dumps(dict(body))),
            )
        return True

    def finish(self, delivery: str) -> None:
        """It was answered."""
        self._db.execute("delete from pending where id = ?", (delivery,))

    def unfinished(self) -> list[tuple[str, float, dict[str, Any]]]:
        """(id, second it came, body) of what was not answered, oldest first."""
        rows = self._db.execute("select id, at, body from pending order by at, id")
        return [(name, at, json.loads(body)) for name, at, body in rows]

    # --- buttons ------------------------------------------------------------------------------

    def keep(self, handle: str, kept: Kept, now: float) -> None:
        """Remember a question for its buttons."""
        self._db.execute("delete from kept where until <= ?", (now,))
        self._db.execute(
            "insert or replace into kept values (?, ?, ?, ?, ?, ?, ?)",
            (handle, now + KEPT_FOR, *kept),
        )

    def kept(self, handle: str, now: float) -> Kept | None:
        """The question behind a button; None if it is too old, or never was."""
        row = self._db.execute(
            "select team, channel, user, text, asked_at from kept where handle = ? and until > ?",
            (handle, now),
        ).fetchone()
        return Kept(*row) if row else None

    # --- threads ------------------------------------------------------------------------------

    def talks_about(self, team: str, channel: str, ts: str, about: About) -> None:
        """A thread, by its first message, is about this from now on."""
        self._db.execute(
            "insert or replace into threads values (?, ?, ?, ?, ?)", (team, channel, ts, *about)
        )

    def about(self, team: str, channel: str, ts: str) -> About:
        """What a thread is about."""
        row = self._db.execute(
            "select change, incident from threads where team = ? and channel = ? and ts = ?",
            (team, channel, ts),
        ).fetchone()
        return About(*row) if row else About()

    def incident_of_channel(self, team: str, channel: str) -> str:
        """The incident that was last opened in a channel; "" if none was."""
        row = self._db.execute(
            "select incident from threads where team = ? and channel = ? and incident != ''"
            " order by ts desc limit 1",
            (team, channel),
        ).fetchone()
        return str(row[0]) if row else ""

    # --- the feed -----------------------------------------------------------------------------

    def announce(self, change: str, team: str, channel: str, ts: str, now: float) -> None:
        """A change was announced by this message; "" for one that was only counted."""
        self._db.execute(
            "insert or ignore into announced values (?, ?, ?, ?, ?, null, null)",
            (change, team, channel, ts, now),
        )
        if ts:
            self.talks_about(team, channel, ts, About(change=change))

    def announcement(self, change: str) -> Announced | None:
        """Where a change was announced; None if it was not."""
        rows = self._announced("change = ?", (change,))
        return rows[0] if rows else None

    def announced_since(self, team: str, channel: str, since: float) -> int:
        """How many messages announced changes in a channel after this second."""
        (count,) = self._db.execute(
            "select count(*) from announced where team = ? and channel = ? and at > ? and ts != ''",
            (team, channel, since),
        ).fetchone()
        return int(count)

    def unexplained(self, before: float) -> list[Announced]:
        """Announced before this second, without a reason and without a nudge since."""
        return self._announced("explained is null and nudged is null and at < ?", (before,))

    def nudged(self, change: str, now: float) -> None:
        """Somebody was asked once more; nobody is asked a third time."""
        self._db.execute("update announced set nudged = ? where change = ?", (now, change))

    def explained(self, change: str, now: float) -> None:
        """Somebody gave the reason."""
        self._db.execute("update announced set explained = ? where change = ?", (now, change))

    def _announced(self, where: str, values: tuple[Any, ...]) -> list[Announced]:
        rows = self._db.execute(f"{_ANNOUNCED} where {where} order by at, change", values)
        return [
            Announced(change, team, channel, ts, at, bool(nudged), bool(explained))
            for change, team, channel, ts, at, nudged, explained in rows
        ]

    # --- who asked what -----------------------------------------------------------------------

    def asked(
        self,
        at: float,
        team: str,
        user: str,
        channel: str,
        verb: str,
        refusal: str,
        delivery: str = "",
    ) -> None:
        """Somebody asked something; `refusal` "" if they were let in.

        delivery  whose `ended` will be told; "" if nobody's
        """
        self._db.execute(
            "insert into trail (at, team, user, channel, verb, refusal, delivery)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (at, team, user, channel, verb, refusal, delivery),
        )

    def ended(self, delivery: str, ending: str) -> None:
        """What somebody asked with this delivery ended so."""
        if delivery:
            self._db.execute("update trail set ending = ? where delivery = ?", (ending, delivery))

    def trail(
        self, *, team: str = "", since: float = 0.0, user: str = "", limit: int = 100
    ) -> Page:
        """The newest deeds from this second on, of a workspace and a user, or "" for all."""
        rows = self._db.execute(_TRAIL, (since, user, team, limit)).fetchall()
        return Page(tuple(Deed(*row[1:]) for row in rows), int(rows[0][0]) if rows else 0)

    # --- marks --------------------------------------------------------------------------------

    def mark(self, name: str) -> str:
        """What was noted under this name; "" for nothing."""
        row = self._db.execute("select value from marks where name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def marks(self, beginning: str) -> dict[str, str]:
        """What was noted under names that begin so, by the rest of the name."""
        rows = self._db.execute(
            "select substr(name, ?), value from marks where substr(name, 1, ?) = ?",
            (len(beginning) + 1, len(beginning), beginning),
        )
        return dict(rows.fetchall())

    def set_mark(self, name: str, value: str) -> None:
        """Note something under a name."""
        self._db.execute("insert or replace into marks values (?, ?)", (name, value))
