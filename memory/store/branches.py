"""What the branches of a memory are called."""

from __future__ import annotations

MAIN = "main"
"""Decisions, one commit each."""
JOURNAL_PREFIX = "journal/"
"""The bulk; the month follows: `journal/2026-11`."""
