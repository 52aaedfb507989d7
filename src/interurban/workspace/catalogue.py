"""The catalogue of graphs: what the apps of this installation can work out.

An app's package has a function ``graphs()``. Only names of packages are kept here, because the
process that works a run out imports them anew; the apps stand on a higher floor and are never
imported by name in this room.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Self

from interurban.core.errors import InvalidGraph, UnknownModel
from interurban.core.model import Graph
from interurban.standards.spelling import did_you_mean

from .graph import Plan, compile_graph

__all__ = ["Catalogue"]


@dataclass(frozen=True)
class Catalogue:
    """Graphs by id, from the named modules.

    Parameters
    ----------
    modules: dotted names; each has ``graphs() -> Sequence[Graph]``, itself or in its own module
        ``graphs``.
    """

    modules: tuple[str, ...] = ()

    @classmethod
    def discover(cls, package: str) -> Self:
        """The graphs of every part of a package that has any (``interurban.apps``)."""
        try:
            found = import_module(package)
        except ModuleNotFoundError:
            return cls()
        names = [f"{package}.{part.name}" for part in pkgutil.iter_modules(found.__path__)]
        return cls(tuple(name for name in sorted(names) if _maker(import_module(name)) is not None))

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        """Every graph, made ready to run, by id.

        Raises
        ------
        InvalidGraph: one of them can't be joined, or two have one id.
        """
        plans: dict[str, Plan] = {}
        for name in self.modules:
            maker = _maker(import_module(name))
            for graph in maker() if maker is not None else ():
                if graph.id in plans:
                    raise InvalidGraph(f"Two graphs are called {graph.id!r}; one is of {name}.")
                plans[graph.id] = compile_graph(graph)
        return MappingProxyType(dict(sorted(plans.items())))

    def plan(self, graph: str) -> Plan:
        """The graph of that id, ready to run.

        Raises
        ------
        UnknownModel: names the nearest.
        """
        found = self.plans.get(graph)
        if found is None:
            raise UnknownModel(
                f"There is no model {graph!r}.",
                advice=did_you_mean(graph, self.plans) or "See the list with: interurban models",
                part="model",
            )
        return found


def _maker(module: ModuleType) -> Callable[[], Sequence[Graph]] | None:
    """The function ``graphs`` of a module, or of its own module of that name."""
    found = getattr(module, "graphs", None)
    if found is None and hasattr(module, "__path__"):
        names = {part.name for part in pkgutil.iter_modules(module.__path__)}
        found = import_module(f"{module.__name__}.graphs") if "graphs" in names else None
    if isinstance(found, ModuleType):
        found = getattr(found, "graphs", None)
    return found if callable(found) else None
