"""Contracts that can't be: no table could meet them, or their standard does not hold them."""

from __future__ import annotations

import re

from interurban.core.errors import InvalidGraph
from interurban.core.model import TableContract
from interurban.core.standard import FIELD_TYPES, Field, Standard
from interurban.standards.catalogue import load_standards
from interurban.standards.spelling import did_you_mean

__all__ = ["POINT", "check_declared"]

POINT = ("longitude", "latitude")
"""Fields that a contract may ask for of every standard with shapes: a point inside each."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
"""Names of tables are a part of names of datasets."""


def check_declared(contract: TableContract, where: str) -> None:
    """Refuse a contract that can't be.

    Parameters
    ----------
    where: the model or graph that declares it, for the sentence.

    Raises
    ------
    InvalidGraph: what is wrong with it.
    """
    fault = _shape_fault(contract) or _key_fault(contract)
    if not fault and contract.standard is not None:
        standard = load_standards().get(contract.standard)
        fault = (
            f"there is no standard {contract.standard}. "
            f"{did_you_mean(contract.standard, load_standards())}"
            if standard is None
            else _standard_fault(contract, standard)
        )
    if fault:
        raise InvalidGraph(f"Table {contract.name} of {where}: {fault.strip().rstrip('.')}.")


def _shape_fault(contract: TableContract) -> str:
    if not _NAME.fullmatch(contract.name):
        return "its name can't be: use small letters, digits and _"
    names = [f.name for f in contract.fields]
    if not names or len(set(names)) != len(names):
        return "a field stands twice" if names else "it has no field"
    for field in contract.fields:
        if field.type not in FIELD_TYPES or field.type == "geometry":
            return f"{field.name} has the type {field.type!r}, which is none of a table's"
    return ""


def _key_fault(contract: TableContract) -> str:
    fields = {f.name: f for f in contract.fields}
    for name in (*contract.key, *contract.complete):
        if name not in fields:
            return f"there is no field {name!r} in it. {did_you_mean(name, fields)}"
    for name in contract.complete:
        if name not in contract.key:
            return f"{name} shall be complete and is not in the key"
    if contract.value is not None:
        value = fields.get(contract.value)
        if value is None or value.type not in ("number", "integer") or not contract.key:
            return f"{contract.value!r} can't be its value: that is a number on a key"
    return ""


def _standard_fault(contract: TableContract, standard: Standard) -> str:
    known: dict[str, Field] = {f.name: f for f in standard.fields}
    for name, code in contract.where.items():
        if name not in known or (known[name].enum and code not in known[name].enum):
            return f"{name} {code!r} can't stand in the standard {standard.id}"
    shaped = any(field.type == "geometry" for field in standard.fields)
    for field in contract.fields:
        if field.name in POINT and field.name not in known and shaped:
            continue
        if field.name not in known:
            return f"the standard {standard.id} has no field {field.name!r}"
        codes = known[field.name].enum
        strange = [code for code in field.enum if codes and code not in codes]
        if strange:
            return f"{field.name} {strange[0]!r} is no code of the standard {standard.id}"
    return ""
