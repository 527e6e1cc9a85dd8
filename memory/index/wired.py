"""What objects said of others, read back: by object, by term, by window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kubectl_smart.memory.index.decoding import Decoder, uncollected
from kubectl_smart.memory.index.reading import Reader
from kubectl_smart.memory.index.rows import Wired

if TYPE_CHECKING:
    from kubectl_smart.memory.records.wiring import Wiring

_CHUNK = 64
_MOST = 20_000


class Wires:
    """Reads rows about wiring; keeps the wirings it has unpacked, which never change."""

    def __init__(self, reader: Reader, decoder: Decoder) -> None:
        self._reader = reader
        self._decoder = decoder
        self._known: dict[int, Wiring] = {}

    def of(self, statement: str, **parameters: Any) -> list[Wired]:
        """What one of the statements about wiring finds, each once, by object and time."""
        with uncollected():
            rows = self._reader.rows(statement, **parameters)
            self._load({row[5] for row in rows})
            found = {
                (name, place, kind, from_at): Wired(
                    self._decoder.ref(name, place, kind),
                    self._known[wiring],
                    from_at,
                    to_at,
                    change,
                )
                for name, place, kind, from_at, to_at, wiring, change in rows
            }
            return in_order(found.values())

    def _load(self, numbers: set[int]) -> None:
        from kubectl_smart.memory.formats.wiring.packing import unpack  # most questions need none

        if len(self._known) > _MOST:
            self._known.clear()
        missing = sorted(numbers - self._known.keys())
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            chunk += [chunk[-1]] * (_CHUNK - len(chunk))
            values = {f"v{at}": number for at, number in enumerate(chunk)}
            for number, packed in self._reader.rows("wirings", **values):
                self._known[number] = unpack(packed)


def in_order(found: Iterable[Wired]) -> list[Wired]:
    """Each once, by object and time."""
    return sorted(dict.fromkeys(found), key=lambda one: (one.ref, one.from_at))
