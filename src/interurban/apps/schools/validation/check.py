"""A check of an atlas's data, its faults, and the rows they are in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from interurban.apps.schools.reading import Atlas

__all__ = ["Check", "Fault", "items_by", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what is wrong, and the row to look at.

    Parameters
    ----------
    dataset: in which it is.
    item: public id of the row; empty of a row that was left out when it was loaded.
    """

    text: str
    dataset: str
    item: str

    @property
    def link(self) -> str:
        """Address of the row on this node; of the rejects where the row is not in the data."""
        at = f"items/{self.item}" if self.item else "rejects"
        return f"/collections/{self.dataset}/{at}"


@dataclass(frozen=True, slots=True)
class Check:
    """One check, carried out.

    Parameters
    ----------
    id: the same in every city. title: what holds when it passes. what: what was looked at.
    applies: false where the city has nothing to look at.
    note: what was found beside the faults; a number that puts them in proportion.
    """

    id: str
    title: str
    what: str
    faults: tuple[Fault, ...] = ()
    applies: bool = True
    note: str = ""

    @property
    def result(self) -> str:
        """``passed``, ``faults`` or ``not applicable``."""
        return "not applicable" if not self.applies else "faults" if self.faults else "passed"


def not_applicable(check: str, title: str, why: str) -> Check:
    """A check of something that a city does not have."""
    return Check(check, title, why, applies=False)


def items_by(atlas: Atlas, dataset: str, field: str) -> dict[str, str]:
    """By the value of a field: public id of the first row that has it; kept by its snapshot."""

    def read() -> dict[str, str]:
        snapshot = atlas.snapshot(dataset)
        if snapshot is None:
            return {}
        name = snapshot.id_field or "_row"
        fields: Sequence[str] = (field,) if name == "_row" else (field, name)
        table = atlas.table(dataset, fields)
        if table is None or field not in table.column_names:
            return {}
        values, items = table[field].to_pylist(), table[name].to_pylist()
        found: dict[str, str] = {}
        for value, item in zip(values, items, strict=True):
            if value is not None:
                found.setdefault(str(value), str(item))
        return found

    return atlas.cached(f"items of {dataset} by {field}", (dataset,), read)
