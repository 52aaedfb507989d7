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

__all__ = [
    "Answer",
    "Mean",
    "Question",
    "answer",
    "answer_mean",
    "band_before",
    "drawn",
    "drawn_mean",
    "pay",
]


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


@dataclass(frozen=True)
class Mean:
    """A noisy mean; the true one lies between the two others with at least 95 % probability."""

    mean: float
    at_least: float
    at_most: float
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
    return drawn(question, truth, pay(question, truth.sensitivity, ledger))


def answer_mean(
    question: Question,
    truth: tuple[Bounded, Bounded],
    between: tuple[float, float],
    ledger: Ledger,
) -> Mean:
    """The mean of bounded values: half of the cost buys their sum, half their number.

    Parameters
    ----------
    truth: as ``bounded_mean`` gives them.
    between: the bounds of the values; the mean lies between them as well.

    Raises
    ------
    Refused, ConfigurationError: as ``answer``.
    """
    return drawn_mean(question, truth, between, pay(question, truth[0].sensitivity, ledger))


def pay(question: Question, sensitivity: int, ledger: Ledger) -> Spend:
    """Book the cost of an answer before anything is read for it.

    Raises
    ------
    Refused, ConfigurationError: as ``answer``.
    """
    noisy([], scale_for(question.rho, sensitivity, question.mechanism), question.mechanism)
    return ledger.spend(
        question.dataset,
        question.unit,
        question.reader,
        question.mechanism,
        question.rho,
        question.hash,
    )


def drawn(question: Question, truth: Bounded, spend: Spend) -> Answer:
    """The answer that was paid for."""
    scale = scale_for(question.rho, truth.sensitivity, question.mechanism)
    numbers = noisy(list(truth.numbers), scale, question.mechanism)
    return Answer(
        tuple(number * truth.grain for number in numbers),
        band(scale, question.mechanism) * truth.grain,
        spend,
    )


def drawn_mean(
    question: Question,
    truth: tuple[Bounded, Bounded],
    between: tuple[float, float],
    spend: Spend,
) -> Mean:
    """The mean that was paid for; see ``answer_mean``."""
    low, high = between
    middle = (low + high) / 2
    scales = [scale_for(question.rho / 2, each.sensitivity, question.mechanism) for each in truth]
    total, number = (
        noisy(list(each.numbers), scale, question.mechanism)[0] * each.grain
        for each, scale in zip(truth, scales, strict=True)
    )
    # Each band is missed 25 times in 1,000, so both hold at least 95 times in 100.
    wide, many = (
        band(scale, question.mechanism, 0.975) * each.grain
        for each, scale in zip(truth, scales, strict=True)
    )
    if number - many < 1:
        return Mean(min(max(middle + total / max(number, 1), low), high), low, high, spend)
    ends = [(total + d) / n for d in (-wide, wide) for n in (number - many, number + many)]
    return Mean(
        min(max(middle + total / number, low), high),
        max(middle + min(ends), low),
        min(middle + max(ends), high),
        spend,
    )
