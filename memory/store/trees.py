"""Git objects read with distrust, for `verify`: every byte is hashed again.

Git itself believes a pack's index; this does not. What cannot be read, or is not what its name
says, is raised as `Broken` with the path it was met at.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.store.cat_file import CatFile
from kubectl_smart.memory.store.history import FileChange

_CACHED_TREES = 20_000
_TREE_MODE = b"40000"


class Broken(Exception):
    """An object that is missing or not what its name says."""

    def __init__(self, name: str, path: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.path = path
        self.sentence = sentence


class Entry(NamedTuple):
    """One entry of a tree."""

    is_tree: bool
    id: str


class Objects:
    """Reads and checks objects of one repository."""

    def __init__(self, cat_file: CatFile) -> None:
        self._cat_file = cat_file
        self._trees: OrderedDict[str, dict[str, Entry]] = OrderedDict()

    def read(self, name: str, kind: bytes, path: str = "") -> bytes:
        """The content of an object; Broken if it is missing, of another kind, or garbled."""
        what = kind.decode()
        try:
            found = self._cat_file.read(name)
        except MemoryDamaged:
            raise Broken(name, path, f"{what} {name} is garbled: git cannot read it") from None
        if found is None:
            raise Broken(name, path, f"{what} {name} is missing")
        hashed = hashlib.sha1(  # noqa: S324 - git's own choice
            b"%b %d\0" % (found.kind, len(found.content)) + found.content
        ).hexdigest()
        if hashed != name or found.kind != kind:
            raise Broken(name, path, f"{what} {name} is garbled: it holds something else")
        return found.content

    def tree(self, name: str | None, path: str = "") -> dict[str, Entry]:
        """The entries of a tree; {} for None."""
        if name is None:
            return {}
        if name in self._trees:
            self._trees.move_to_end(name)
            return self._trees[name]
        content, at = self.read(name, b"tree", path), 0
        found: dict[str, Entry] = {}
        while at < len(content):
            end = content.index(b"\0", at)
            mode, _, label = content[at:end].partition(b" ")
            entry = Entry(mode == _TREE_MODE, content[end + 1 : end + 21].hex())
            found[label.decode("utf-8", "replace")] = entry
            at = end + 21
        self._trees[name] = found
        if len(self._trees) > _CACHED_TREES:
            self._trees.popitem(last=False)
        return found

    def changes(self, old: str | None, new: str | None, path: str = "") -> Iterator[FileChange]:
        """The files that differ between two trees; every new object is read and checked."""
        if old == new:
            return
        before, after = self.tree(old, path), self.tree(new, path)
        for label in sorted(before.keys() | after.keys()):
            one, other = before.get(label), after.get(label)
            if one == other:
                continue
            full = f"{path}/{label}" if path else label
            trees = [entry.id if entry and entry.is_tree else None for entry in (one, other)]
            files = [entry.id if entry and not entry.is_tree else None for entry in (one, other)]
            if any(trees):
                yield from self.changes(trees[0], trees[1], full)
            if files[1] is not None and files[1] != files[0]:
                self.read(files[1], b"blob", full)
            if any(files):
                yield FileChange(full, files[0], files[1])

    def find(self, tree: str, path: str) -> str | None:
        """The id of the file at a path below a tree; None if there is none."""
        entry = Entry(is_tree=True, id=tree)
        for label in path.split("/"):
            found = self.tree(entry.id).get(label) if entry.is_tree else None
            if found is None:
                return None
            entry = found
        return None if entry.is_tree else entry.id
