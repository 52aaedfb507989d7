"""The standards, and the mapping of source columns to them."""

from __future__ import annotations

from .catalogue import find_standard, load_standards, overlay_roles, roles_present
from .checks import Check
from .field_types import duckdb_type
from .mapping import CompiledField, CompiledMapping, check_mapping, compile_mapping
from .spelling import did_you_mean

__all__ = [
    "Check",
    "CompiledField",
    "CompiledMapping",
    "check_mapping",
    "compile_mapping",
    "did_you_mean",
    "duckdb_type",
    "find_standard",
    "load_standards",
    "overlay_roles",
    "roles_present",
]
