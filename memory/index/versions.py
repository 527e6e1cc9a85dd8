"""The version of the index's tables; read by the cold path, so it stands apart from the schema."""

SCHEMA_VERSION = "7"
"""Raised whenever a table or the packing of `detail` changes: older indexes are then rebuilt."""
