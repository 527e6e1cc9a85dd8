"""Front matter that people share with us: our values are put in, theirs stay.

Called by `incident_files` where a report has been there before. A round trip through ruamel.yaml
keeps comments, the order of keys, and how values are quoted. Imported only there: it takes as
long to import as everything else together.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

_LONGEST = 65_536
_WIDE = 1 << 20
_SEQUENCE_INDENT = re.compile(r"^[^\s#-][^\n]*:[ \t]*\n([ ]*)- ", re.MULTILINE)
_UNREADABLE = (
    YAMLError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    Warning,
)
"""What ruamel.yaml raises for text that is no YAML, or none that it can write again."""


def put(front: str, values: Mapping[str, str], quoted: frozenset[str]) -> str | None:
    """The front matter (without its fences) with these keys set; None if it cannot be read.

    quoted  keys whose values need double quotes to be the same text in every version of YAML
    """
    if len(front) > _LONGEST:
        return None
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    indent = _SEQUENCE_INDENT.search(front)
    if indent is not None and indent[1]:
        yaml.indent(mapping=2, sequence=len(indent[1]) + 2, offset=len(indent[1]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an anchor twice: what is meant is not known
            said = yaml.load(front)
        if said is None:
            said = CommentedMap()
        if not isinstance(said, CommentedMap):
            return None
        for key, value in values.items():
            if said.get(key) != value or not isinstance(said[key], str):
                said[key] = DoubleQuotedScalarString(value) if key in quoted else value
        written = io.StringIO()
        yaml.dump(said, written)
    except _UNREADABLE:
        return None
    return written.getvalue()
