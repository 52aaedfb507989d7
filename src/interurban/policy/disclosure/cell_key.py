"""Cell-key perturbation: a little noise on every count, the same for the same people every time.

Each record has a key; a cell's key is the sum of its records' keys, modulo 256; the count and the
key look the noise up in a table of probabilities. Two tables with the same cell show the same
number, so asking again teaches nothing. Each total is perturbed by its own key, so totals are near
the sums of their parts, not equal to them.

Sources: Fraser and Wooton (2005), *A proposed method for confidentialising tabular output to
protect against differencing*; Marley and Leaver (2011), *A method for confidentialising
user-defined tables*; Giessing (2016), *Computational issues in the design of transition
probabilities and disclosure risk estimation for additive noise* (maximum entropy).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from interurban.core.errors import InvalidInput

from .table import Axis, Floats, Ints, added, with_totals

__all__ = ["KEYS", "Noise", "cell_keys", "perturb", "record_keys"]

KEYS = 256

_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Noise:
    """How much noise: whole numbers of mean 0.

    Parameters
    ----------
    farthest: no count moves by more.
    variance: of the noise, where so much is possible.
    smallest: no count from 1 to below this is ever shown; 1 shows them all.
    """

    farthest: int = 5
    variance: float = 2.0
    smallest: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.farthest <= 50 or not 0 < self.variance <= self.farthest**2:
            raise InvalidInput(
                "Noise moves a count by 1 to 50, and its variance is above 0 and at most the "
                "square of that.",
                part="farthest",
            )
        if not 1 <= self.smallest <= self.farthest:
            raise InvalidInput(
                "The smallest count shown is at least 1 and at most the farthest noise.",
                part="smallest",
            )


def record_keys(identities: Iterable[str], secret: bytes) -> NDArray[np.uint8]:
    """A key from 0 to 255 for each record, from its lasting identity and the publisher's secret.

    Parameters
    ----------
    identities: what names a record in every table it is counted in, never its position in a file.
    secret: 16 to 64 bytes that never leave the publisher.

    Raises
    ------
    InvalidInput: a secret that is too short or too long.
    """
    if not 16 <= len(secret) <= 64:
        raise InvalidInput("The secret of cell keys has 16 to 64 bytes.", part="secret")
    keys = bytearray()
    for identity in identities:
        keys += hashlib.blake2b(identity.encode(), key=secret, digest_size=1).digest()
    return np.frombuffer(bytes(keys), dtype=np.uint8)


def cell_keys(axes: Sequence[Axis], leaf: Ints, keys: NDArray[np.uint8]) -> Ints:
    """The key of each cell of a table, totals included.

    Parameters
    ----------
    leaf: of each record the flat number of its cell (``Tabulated.leaf``), shape ``(records,)``.
    """
    shape = tuple(len(axis) for axis in axes)
    sums = added(leaf, keys.astype(np.float64), int(np.prod(shape))).reshape(shape)
    leaves = sums[np.ix_(*(np.flatnonzero(axis.leaf) for axis in axes))]
    return (with_totals(axes, leaves).values % KEYS).astype(np.int64)


def perturb(counts: Ints, keys: Ints, noise: Noise) -> Ints:
    """Each count with the noise of its key; 0 stays 0, and nothing falls below it."""
    table = _table(noise)
    return np.asarray(counts + table[np.minimum(counts, len(table) - 1), keys])


@lru_cache(maxsize=8)
def _table(noise: Noise) -> Ints:
    """The noise of each count and key; counts past the last row have its noise."""
    return np.array([_by_key(n, noise) for n in range(noise.farthest + noise.smallest + 1)])


def _by_key(count: int, noise: Noise) -> Ints:
    """The noise of each key for one count, shape ``(256,)``."""
    if count == 0:
        return np.zeros(KEYS, dtype=np.int64)
    steps = np.arange(-noise.farthest, noise.farthest + 1)
    after = count + steps
    steps = steps[(after == 0) | (after >= noise.smallest)]
    shares = _most_even(steps.astype(np.float64), noise.variance)
    # Each key takes the middle of its 256th of the distribution.
    ends = np.cumsum(shares)
    middles = (np.arange(KEYS) + 0.5) / KEYS
    return np.asarray(steps[np.minimum(np.searchsorted(ends, middles), len(steps) - 1)])


def _most_even(steps: Floats, variance: float) -> Floats:
    """Probabilities of most entropy with mean 0 and at most this variance.

    They are ``exp(a v + b v^2)`` up to a factor: b is 0 where the variance is small enough without
    it, and is found by bisection otherwise, and a by bisection inside.
    """
    low, high = -50.0, 0.0
    shares = _centred(steps, high)
    if shares @ steps**2 <= variance:
        return shares
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        shares = _centred(steps, middle)
        low, high = (middle, high) if shares @ steps**2 < variance else (low, middle)
    return shares


def _centred(steps: Floats, b: float) -> Floats:
    """``exp(a v + b v^2)``, normalised, with the a that makes the mean 0."""
    low, high = -200.0, 200.0
    shares = np.full(len(steps), 1 / len(steps))
    for _ in range(_HALVINGS):
        a = (low + high) / 2
        exponent = a * steps + b * steps**2
        shares = np.exp(exponent - exponent.max())
        shares /= shares.sum()
        low, high = (low, a) if shares @ steps > 0 else (a, high)
    return shares
