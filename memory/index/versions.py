"""The version of the index's tables; read by the cold path, so it stands apart from the schema."""

SCHEMA_VERSION = "8"
"""Raised whenever a table, the packing of `detail` or what is read off a state as wiring changes:
older indexes are then rebuilt."""
