"""Invented names of places, streets and firms; any likeness to a real one is chance."""

from __future__ import annotations

import numpy as np

__all__ = ["firm_names", "place_names"]

_BEGINNINGS = (
    "Alder Ash Bar Beck Birch Black Bram Brook Burn Cald Carr Clay Clover Cran Dale Dun East Elder "
    "Elm Fair Fen Fern Fox Glen Gold Gran Green Hart Hazel Heath High Holly Ivy Kings Lang Larch "
    "Linden Long Maple Marsh Mead Mill Moor North Oak Old Pine Quarry Raven Red Rowan Rush Sand "
    "Shaw Silver South Stan Stone Sun Swan Thorn Wal Water West White Wil Wood Yew"
).split()
_ENDINGS = (
    "bank bourne bridge brook bury cliff combe cote croft dale den field ford gate ham haven hill "
    "holme hurst land leigh mere mont more ridge shaw stead stoke thorpe ton vale view wick worth"
).split()
_TRADES = (
    "Bakery Books Builders Cafe Cleaners Deli Diner Electric Florist Grill Grocers Kitchen Market "
    "Noodles Pharmacy Pizza Plumbing Roofing Salon Tailors Taqueria Tearoom Traders Works"
).split()


def place_names(rng: np.random.Generator, count: int) -> list[str]:
    """That many different names (``Ashford``); past two thousand they are numbered."""
    pairs = [first + last for first in _BEGINNINGS for last in _ENDINGS]
    order = rng.permutation(len(pairs))
    return [
        pairs[order[n % len(pairs)]] + (f" {n // len(pairs) + 1}" if n >= len(pairs) else "")
        for n in range(count)
    ]


def firm_names(rng: np.random.Generator, count: int) -> list[str]:
    """That many names of firms (``Ashford Bakery``), some twice, as in life."""
    places = place_names(rng, min(count, 1_500))
    first = rng.integers(0, len(places), count)
    trade = rng.integers(0, len(_TRADES), count)
    return [f"{places[f]} {_TRADES[t]}" for f, t in zip(first, trade, strict=True)]
