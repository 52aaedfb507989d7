"""Differential privacy: counts, sums, means and histograms with noise, and what they cost.

A ``Bounded`` number is one that a person can move only so far; ``answer`` books its cost in the
``Ledger`` and adds the noise (``pay``, then ``drawn``, where nothing may be read before). OpenDP
draws it (the extra ``interurban[dp]``).
"""

from .answers import (
    Answer,
    Mean,
    Question,
    answer,
    answer_mean,
    band_before,
    drawn,
    drawn_mean,
    pay,
)
from .bounded import Bounded, bounded_count, bounded_histogram, bounded_mean, bounded_sum
from .ledger import Account, Ledger, Spend
from .mechanisms import Mechanism, band, epsilon, noisy, scale_for
from .tables import HEAD, MIGRATIONS, VERSION_TABLE

__all__ = [
    "HEAD",
    "MIGRATIONS",
    "VERSION_TABLE",
    "Account",
    "Answer",
    "Bounded",
    "Ledger",
    "Mean",
    "Mechanism",
    "Question",
    "Spend",
    "answer",
    "answer_mean",
    "band",
    "band_before",
    "bounded_count",
    "bounded_histogram",
    "bounded_mean",
    "bounded_sum",
    "drawn",
    "drawn_mean",
    "epsilon",
    "noisy",
    "pay",
    "scale_for",
]
