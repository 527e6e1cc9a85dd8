"""Full-text search over notes and incidents, the same on every database.

The words of a text are its runs of letters, digits and `_` after NFKC and case folding; of words
joined by `.`, `-`, `/`, `:` or `@` whatever stands together is kept as well, so that
`payment-api`, `sarah@example.com`, and `cache.internal` in `cache.internal:6379`, are found as
written and by their parts. No stemming and no stop words: what was typed is what is found.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from kubectl_smart.memory.index import packing
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.notes import Note

if TYPE_CHECKING:
    from kubectl_smart.memory.index.decoding import Decoder
    from kubectl_smart.memory.index.reading import Reader

_JOINED = re.compile(r"\w+(?:[.\-/:@]\w+)*")
_WORD = re.compile(r"\w+")
_LAST = "\U0010ffff"
_LONGEST = 120
_TOGETHER = 6
"""Up to so many joined words are kept together, beside the whole."""
_CHUNK = 64


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def terms_of(text: str) -> list[str]:
    """The words of a text, in order; of joined runs first the whole, then what is in it."""
    found: list[str] = []
    for run in _JOINED.findall(_folded(text)):
        found.append(run[:_LONGEST])
        parts = [part.span() for part in _WORD.finditer(run)]
        if len(parts) > 1:
            found += [
                run[start:end][:_LONGEST]
                for at, (start, _) in enumerate(parts)
                for _, end in parts[at : at + _TOGETHER]
            ]
    return found


def wanted(text: str) -> list[tuple[str, bool]]:
    """What a query asks for: (word, whether it only begins so). All of them must be there."""
    found: list[tuple[str, bool]] = []
    for part in _folded(text).split():
        runs = [run[:_LONGEST] for run in _JOINED.findall(part)]
        found += [(run, False) for run in runs[:-1]]
        found += [(run, part.endswith("*")) for run in runs[-1:]]
    return found


def search(reader: Reader, decoder: Decoder, text: str) -> list[Committed]:
    """See `Index.search`."""
    numbers: set[int] | None = None
    for word, prefix in wanted(text):
        if prefix:
            rows = reader.rows("terms_between", low=word, high=word + _LAST)
        else:
            rows = reader.rows("terms_equal", low=word)
        here = {row[0] for row in rows}
        numbers = here if numbers is None else numbers & here
    ordered = sorted(numbers or ())
    found: list[Committed] = []
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        chunk += [chunk[-1]] * (_CHUNK - len(chunk))
        rows = reader.rows("entries_by_n", **{f"v{i}": n for i, n in enumerate(chunk)})
        found += decoder.entries(rows)
    notes = [each for each in found if isinstance(each.record, Note)]
    incidents = packing.incidents_of(found)
    if incidents:
        every = decoder.entries(
            reader.rows("entries_between", family=packing.INCIDENT, since=-(1 << 62), until=1 << 62)
        )
        valid = set(packing.valid_versions(packing.incidents_of(every)))
        incidents = [each for each in incidents if each in valid]
    return sorted(
        [*notes, *incidents],
        key=lambda each: (-packing.happened_at(each), each.sequence, packing.id_of(each)),
    )
