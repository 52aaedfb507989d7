"""Random streams that depend on nothing but a seed and a name."""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["generator"]


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A random generator of its own for each seed and path of names.

    The same seed and names give the same numbers on every machine and in every order of calls:
    that is what makes a city independent of how its rows are cut into chunks.
    """
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(list(digest))))
