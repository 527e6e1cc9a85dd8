"""memory/README.md says what the formats do: its examples are read and written again."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kubectl_smart.memory.formats import journal_lines, manifests, messages, paths

SOURCE = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[3]))
DOCUMENT = (SOURCE / "memory" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


def test_the_commit_is_one_we_write() -> None:
    """The example's trailers are those its own record gives."""
    (text,) = [block for _, block in BLOCKS if "\nChange-Id: " in block]

    record, *where = messages.parse_message(text.encode())

    again = messages.commit_message(record, *where).decode()
    assert text.partition("\n\n")[2] == again.partition("\n\n")[2]


def test_the_state_file_is_one_we_write() -> None:
    """The example's bytes are those of its own object."""
    (text,) = [block for kind, block in BLOCKS if kind == "yaml"]

    assert text.encode() == manifests.to_yaml(manifests.from_yaml(text.encode()))


def test_the_journal_line_is_one_we_read() -> None:
    """The example holds an observation."""
    (text,) = [block for kind, block in BLOCKS if kind == "json"]

    parsed = journal_lines.from_line(text.encode())

    assert str(getattr(parsed.record, "about", "")).startswith("Pod payments/")


_AREAS = "state|status|knowledge|incidents|late|records"
PATHS = re.findall(rf"^(?:{_AREAS})/[^<>\s…]+$", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize("path", PATHS)
def test_each_path_is_one_we_write(path: str) -> None:
    """Every path in the trees leads to something."""
    area, _ = paths.parse_path(path)

    assert path.startswith(area)


def test_every_trailer_is_explained() -> None:
    """No trailer is written that the document does not name."""
    source = (SOURCE / "memory" / "formats" / "messages.py").read_text("utf-8")
    names = set(re.findall(r'of\.\w+\("([\w-]+)"', source))
    names |= set(re.findall(r'_optional\(put, "([\w-]+)"', source))

    assert len(names) > 20
    assert {name for name in names if f"`{name}" not in DOCUMENT} == set()
