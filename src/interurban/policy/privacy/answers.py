"""An answer with noise: paid for first, then drawn, and told with its band."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .bounded import Bounded
from .ledger import Ledger, Spend
from .mechanisms import Mechanism, band, noisy, scale_for

__all__ = ["Answer", "Question", "answer", "band_before"]


@dataclass(frozen=True)
class Question:
    """What is asked, by whom, of whom, and what it may cost.

    Parameters
    ----------
    unit: whose privacy it is: a column of the dataset, or ``row``.
    what: everything that says which numbers are meant, as JSON; it is hashed into the ledger.
    """

    dataset: str
    unit: str
    reader: str
    rho: float
    mechanism: Mechanism
    what: Mapping[str, Any]

    @property
    def hash(self) -> str:
        """SHA-256 of the question, hex."""
        text = json.dumps(
            [self.dataset, self.unit, self.mechanism, dict(self.what)],
            sort_keys=True,
            ensure_ascii=False,
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """Noisy numbers; each true one lies within ``band`` of its own with 95 % probability."""

    numbers: tuple[float, ...]
    band: float
    spend: Spend


def band_before(question: Question, sensitivity: int, grain: float = 1.0) -> float:
    """The 95 % band that the answer will have; it costs nothing and needs no data."""
    scale = scale_for(question.rho, sensitivity, question.mechanism)
    return band(scale, question.mechanism) * grain


def answer(question: Question, truth: Bounded, ledger: Ledger) -> Answer:
    """Book the cost, then draw the noise.

    Raises
    ------
    Refused: the reader's budget is spent; no noise is drawn then.
    ConfigurationError: OpenDP is not installed; nothing is booked then.
    """
    scale = scale_for(question.rho, truth.sensitivity, question.mechanism)
    noisy([], scale, question.mechanism)
    spend = ledger.spend(
        question.dataset,
        question.unit,
        question.reader,
        question.mechanism,
        question.rho,
        question.hash,
    )
    drawn = noisy(list(truth.numbers), scale, question.mechanism)
    return Answer(
        tuple(number * truth.grain for number in drawn),
        band(scale, question.mechanism) * truth.grain,
        spend,
    )
