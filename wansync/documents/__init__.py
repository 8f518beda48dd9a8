"""Text to mapping and back, the same way for every document: limits first, then the parser, then typed getters.

Not responsible for what a document means. No IO.
"""

from wansync.documents.errors import DocumentError
from wansync.documents.json_text import format_json, parse_json, parse_json_value
from wansync.documents.markers import conflict_marker, find_conflict
from wansync.documents.table import Table
from wansync.documents.toml_text import format_toml_key, format_toml_value, parse_toml

__all__ = [
    "DocumentError",
    "Table",
    "conflict_marker",
    "find_conflict",
    "format_json",
    "format_toml_key",
    "format_toml_value",
    "parse_json",
    "parse_json_value",
    "parse_toml",
]
