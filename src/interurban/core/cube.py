"""A cube: one number for every combination of labels, as an array with named dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Cube", "Label"]

Label = str | int
"""One place on a dimension: an area's code, a sex, an age, a year, the number of a draw."""


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Numbers by named dimensions, every combination present.

    Parameters
    ----------
    dims: names of the dimensions, in the order of the array's axes (``area_id``, ``sex``, ``age``).
    labels: for each dimension its labels, in the order of the axis, each once.
    values: float64 of shape ``tuple(len(l) for l in labels)``; read-only.
    unit: what one is (``people``, ``births per woman``).

    Raises
    ------
    ValueError: the shape, the dimensions and the labels do not fit, or a label stands twice.
    """

    dims: tuple[str, ...]
    labels: tuple[tuple[Label, ...], ...]
    values: npt.NDArray[np.float64]
    unit: str = ""

    def __post_init__(self) -> None:
        shape = tuple(len(labels) for labels in self.labels)
        if len(self.dims) != len(self.labels) or len(set(self.dims)) != len(self.dims):
            raise ValueError(f"{len(self.labels)} sets of labels for the dimensions {self.dims}")
        if self.values.shape != shape:
            raise ValueError(f"an array of {self.values.shape} for labels of {shape}")
        for dim, labels in zip(self.dims, self.labels, strict=True):
            if len(set(labels)) != len(labels):
                raise ValueError(f"a label of {dim} stands twice")
        values = np.ascontiguousarray(self.values, dtype=np.float64)
        if values is self.values and values.flags.writeable:
            values = values.view()
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    def along(self, dim: str) -> tuple[Label, ...]:
        """The labels of a dimension."""
        return self.labels[self.dims.index(dim)]

    def at(self, **where: Label) -> Cube:
        """The slice at one label of each named dimension, which are then gone."""
        at: list[int | slice] = [slice(None)] * len(self.dims)
        for dim, label in where.items():
            at[self.dims.index(dim)] = self.along(dim).index(label)
        kept = [d for d in self.dims if d not in where]
        return Cube(
            tuple(kept), tuple(self.along(d) for d in kept), self.values[tuple(at)], self.unit
        )

    def select(self, dim: str, labels: Sequence[Label]) -> Cube:
        """The cube at these labels of one dimension, in the order given."""
        have = {label: at for at, label in enumerate(self.along(dim))}
        axis = self.dims.index(dim)
        values = np.take(self.values, [have[label] for label in labels], axis=axis)
        all_labels = tuple(tuple(labels) if d == dim else self.along(d) for d in self.dims)
        return Cube(self.dims, all_labels, values, self.unit)

    def sum(self, *dims: str) -> Cube:
        """The cube summed over the dimensions."""
        kept = tuple(d for d in self.dims if d not in dims)
        axes = tuple(self.dims.index(d) for d in dims)
        values = np.asarray(self.values.sum(axis=axes))
        return Cube(kept, tuple(self.along(d) for d in kept), values, self.unit)

    def like(self, values: npt.NDArray[np.float64], unit: str | None = None) -> Cube:
        """Other numbers on the same labels."""
        return Cube(self.dims, self.labels, values, self.unit if unit is None else unit)

    @property
    def coordinates(self) -> Mapping[str, tuple[Label, ...]]:
        """Dimension to labels, in order."""
        return dict(zip(self.dims, self.labels, strict=True))
