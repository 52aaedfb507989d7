"""The two query APIs of Socrata, asked in the same words.

SODA 2.1 takes a GET with the clauses as parameters and needs no token; SODA3 takes a POST with
one SoQL text and wants one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interurban.core.errors import SourceRefused

from ._transport_answers import host_of, spoken
from .transport import Transport

__all__ = ["Rows", "Soda", "quoted"]

Rows = Sequence[Mapping[str, Any]]


def quoted(value: str) -> str:
    """A SoQL text constant."""
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Soda:
    """One dataset at one portal.

    Parameters
    ----------
    origin: the portal's address (``https://data.cityofchicago.org``).
    dataset: its four-by-four id (``ijzp-q8t2``).
    version: ``2.1`` or ``3``.
    """

    transport: Transport
    origin: str
    dataset: str
    version: str

    def view(self) -> Mapping[str, Any]:
        """The dataset's description: its name, columns and times."""
        document = self.transport.get_json(f"{self.origin}/api/views/{self.dataset}.json").document
        if not isinstance(document, dict) or document.get("error"):
            raise self._unlike(document)
        return document

    def ask(
        self, select: str, *, where: Sequence[str] = (), order: str = "", limit: int | None = None
    ) -> Rows:
        """The rows of a query.

        Parameters
        ----------
        where: conditions that must all hold; empty ones are left out.
        """
        condition = " AND ".join(f"({part})" for part in where if part)
        if self.version == "3":
            document = self._ask_3(select, condition, order, limit)
        else:
            document = self._ask_2(select, condition, order, limit)
        if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
            raise self._unlike(document)
        return document

    def _ask_2(self, select: str, condition: str, order: str, limit: int | None) -> Any:
        params = {"$select": select}
        if condition:
            params["$where"] = condition
        if order:
            params["$order"] = order
        if limit is not None:
            params["$limit"] = str(limit)
        url = f"{self.origin}/resource/{self.dataset}.json"
        return self.transport.get_json(url, params).document

    def _ask_3(self, select: str, condition: str, order: str, limit: int | None) -> Any:
        clauses = [f"SELECT {select}"]
        if condition:
            clauses.append(f"WHERE {condition}")
        if order:
            clauses.append(f"ORDER BY {order}")
        if limit is not None:
            clauses.append(f"LIMIT {limit}")
        url = f"{self.origin}/api/v3/views/{self.dataset}/query.json"
        question = {"query": " ".join(clauses), "includeSynthetic": False}
        return self.transport.post_json(url, document=question).document

    def _unlike(self, document: Any) -> SourceRefused:
        said = document.get("message", "") if isinstance(document, dict) else ""
        return SourceRefused(
            f"{host_of(self.origin)} did not answer as a Socrata portal does about {self.dataset}"
            + spoken(said),
            advice="Check the domain and the dataset in the pack.",
        )
