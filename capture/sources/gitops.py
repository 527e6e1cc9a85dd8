"""A manifest repository walked commit by commit: what each one declared anew becomes changes.

Kustomize trees are read as files: a `namespace:` of the nearest kustomization.yaml above a file
counts for objects that name none, as the kustomizations were at that commit of the walk, and a
change of it moves them. Helm templates and values are no objects: they are passed over and counted.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

from kubectl_smart.capture.decoding.declared import (
    Author,
    Objects,
    added_to,
    changes_between,
    declared,
    scope_of,
    taken_from,
)
from kubectl_smart.memory.formats.manifest_files import NoManifest, documents
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.foreign import ForeignCommit, ForeignFile, ForeignRepository

_SUFFIXES = (".yaml", ".yml", ".json")
_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_MARKS = _KUSTOMIZATIONS | {"Chart.yaml"}
"""Names of files that say something of their folder."""
_BUNCH = 256
"""Commits whose files are read together."""
_CACHED = 4_000
_SHOWN = 20
_UNUSABLE = "not readable, or larger than 4 MiB"


class Walked(NamedTuple):
    """Some commits of the walk, and what they changed."""

    commits: int
    changes: list[Change]


class GitopsWalk:
    """Reads one repository.

    name   what the repository is called in answers
    paths  folders of it that are read; () for all

    skipped   how many files of commits were passed over, by reason
    examples  of the first of them: (reason, commit, path)
    """

    def __init__(
        self,
        repository: ForeignRepository,
        redactor: Redactor,
        *,
        name: str,
        paths: Sequence[str] = (),
    ) -> None:
        self._repository = repository
        self._redactor = redactor
        self._name = name
        self._paths = tuple(path.strip("/") for path in paths)
        self._contents: OrderedDict[str, bytes | None] = OrderedDict()
        self._objects: OrderedDict[tuple[str, str], Objects] = OrderedDict()
        self._namespaces: dict[str, str] = {}
        self._charts: set[str] = set()
        self._scopes: dict[tuple[str, str], bool] = {}
        self._files_of: dict[ObjectRef, set[str]] = {}
        """Every file that ever declared an object, whether it still does or not."""
        self.skipped: Counter[str] = Counter()
        self.examples: list[tuple[str, str, str]] = []

    def walk(self, tip: str, since: str) -> Iterator[Walked]:
        """The history of a tip without that of `since`, in bunches, parents before children."""
        if since:
            self._look_around(since)
        commits = self._repository.commits(tip, since)
        while bunch := list(islice(commits, _BUNCH)):
            self._load([file for commit in bunch for file in commit.files])
            changes = [change for commit in bunch for change in self._changes(commit)]
            self._trim()
            yield Walked(len(bunch), changes)

    def _look_around(self, commit: str) -> None:
        """Kustomizations, charts and definitions as they were where an earlier run ended."""
        files = [
            ForeignFile(path, None, blob)
            for path, blob in self._repository.files_at(commit).items()
            if _is_read(path)
        ]
        marks = [file for file in files if PurePosixPath(file.path).name in _MARKS]
        self._load(marks)
        for file in marks:
            self._note(file)
        for start in range(0, len(files), 1_000):
            self._load(files[start : start + 1_000])
            for file in files[start : start + 1_000]:
                self._after(file)
            self._trim()
        self.skipped.clear()
        self.examples.clear()

    def _changes(self, commit: ForeignCommit) -> list[Change]:
        files = [file for file in commit.files if _is_read(file.path)]
        told = frozenset(file.path for file in files)
        # by path, as git tells them: of several of one object the last counts
        files = sorted([*files, *self._placed_anew(commit, files)], key=lambda file: file.path)
        before: Objects = {}
        for file in files:
            if file.old is not None and self._is_wanted(file.path):
                before |= self._of_blob(file.old, file.path)
        for file in sorted(files, key=lambda file: file.new is not None):  # what goes goes first
            self._note(file)
        after: Objects = {}
        for file in files:
            after |= self._after(file, commit if file.path in told else None)
        others = self._declared_elsewhere(commit, before.keys() ^ after.keys(), files)
        for ref, other in others.items():
            if ref in before:
                after[ref] = taken_from(before[ref], other)
            else:
                before[ref], after[ref] = other, added_to(other, after[ref])
        via = f"git commit {commit.id[:12]} in {self._name}"
        author = Author(commit.author, commit.email, commit.at, commit.message, via)
        return changes_between(before, after, author)

    def _after(self, file: ForeignFile, commit: ForeignCommit | None = None) -> Objects:
        """What a file declares from now on."""
        if file.new is None:
            return {}
        found = self._of_blob(file.new, file.path, commit)
        if not self._is_wanted(file.path):
            return {}
        for ref in found:
            self._files_of.setdefault(ref, set()).add(file.path)
        return found

    def _placed_anew(
        self, commit: ForeignCommit, files: Sequence[ForeignFile]
    ) -> list[ForeignFile]:
        """Files that a commit did not touch, below a kustomization whose namespace it changed."""
        folders = [
            _folder(file.path)
            for file in files
            if PurePosixPath(file.path).name in _KUSTOMIZATIONS
            and self._namespace_in(file.new) != self._namespaces.get(_folder(file.path), "")
        ]
        if not folders:
            return []
        below = [] if "." in folders else [f"{folder}/" for folder in folders]
        touched = {file.path for file in commit.files}
        found = [
            ForeignFile(path, blob, blob)
            for path, blob in self._repository.files_at(commit.id, below).items()
            if _is_read(path) and path not in touched and self._is_wanted(path)
        ]
        self._load(found)
        return found

    def _declared_elsewhere(
        self, commit: ForeignCommit, refs: Set[ObjectRef], files: Sequence[ForeignFile]
    ) -> Objects:
        """Of these objects those that files declare which the commit leaves as they are."""
        here = {file.path for file in files}
        paths = {path for ref in refs for path in self._files_of.get(ref, ()) if path not in here}
        if not paths:
            return {}
        there = self._repository.files_at(commit.id, sorted(paths))
        self._load([ForeignFile(path, None, blob) for path, blob in there.items()])
        found: Objects = {}
        for path in sorted(there.keys() & paths):
            found |= self._of_blob(there[path], path)
        return {ref: found[ref] for ref in refs if ref in found}

    def _note(self, file: ForeignFile) -> None:
        """What a file says of its folder: a kustomization's namespace, a chart."""
        name = PurePosixPath(file.path).name
        if name == "Chart.yaml":
            self._charts.discard(_folder(file.path))
            if file.new:
                self._charts.add(_folder(file.path))
        if name in _KUSTOMIZATIONS:
            self._namespaces[_folder(file.path)] = self._namespace_in(file.new)

    def _namespace_in(self, blob: str | None) -> str:
        """The namespace that a kustomization gives; "" for none."""
        content = self._contents.get(blob or "") or b""
        found = ""
        for line in content.decode("utf-8", "replace").splitlines():
            if line.startswith("namespace:"):
                found = line.partition(":")[2].split("#")[0].strip(" \"'")
        return found

    def _is_wanted(self, path: str) -> bool:
        inside = not self._paths or any(
            path == one or path.startswith(f"{one}/") for one in self._paths
        )
        return inside and PurePosixPath(path).name not in _KUSTOMIZATIONS

    def _of_blob(self, blob: str, path: str, commit: ForeignCommit | None = None) -> Objects:
        """The objects of a file; of a commit, what is passed over is counted."""
        namespace = self._namespace_of(path)
        known = self._objects.get((blob, namespace))
        if known is not None:
            return known
        try:
            found = documents(self._content(blob, path))
        except NoManifest as problem:
            if commit is not None:
                self._skip(str(problem), commit, path)
            return {}
        for obj in found:
            scope = scope_of(obj)
            if scope is not None:
                self._scopes[scope[0]] = scope[1]
        objects = declared(found, namespace, self._scopes, self._redactor)
        if not objects and commit is not None:
            self._skip("no object with a name in it", commit, path)
        self._objects[blob, namespace] = objects
        return objects

    def _content(self, blob: str, path: str) -> bytes:
        if self._is_template(path):
            raise NoManifest("a Helm template")
        content = self._contents.get(blob)
        if content is None:
            raise NoManifest(_UNUSABLE)
        return content

    def _skip(self, reason: str, commit: ForeignCommit, path: str) -> None:
        self.skipped[reason] += 1
        if len(self.examples) < _SHOWN:
            shown = path.encode("utf-8", "replace").decode()
            self.examples.append((reason, commit.id[:12], shown))

    def _namespace_of(self, path: str) -> str:
        above = (self._namespaces.get(str(one)) for one in PurePosixPath(path).parents)
        return next((found for found in above if found), "")

    def _is_template(self, path: str) -> bool:
        if "/templates/" not in f"/{path}":
            return False
        return any(str(one) in self._charts for one in PurePosixPath(path).parents)

    def _load(self, files: Sequence[ForeignFile]) -> None:
        wanted = {
            blob
            for file in files
            if _is_read(file.path)
            for blob in (file.old, file.new)
            if blob is not None and blob not in self._contents
        }
        names = sorted(wanted)
        for name, content in zip(names, self._repository.contents(names), strict=True):
            self._contents[name] = content

    def _trim(self) -> None:
        for cache in (self._contents, self._objects):
            while len(cache) > _CACHED:
                cache.popitem(last=False)


def _is_read(path: str) -> bool:
    return path.endswith(_SUFFIXES) or PurePosixPath(path).name in _KUSTOMIZATIONS


def _folder(path: str) -> str:
    return str(PurePosixPath(path).parent)
