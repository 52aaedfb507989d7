"""Parameters of a graph: which there are, and their values from a form or the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from interurban.core.errors import InvalidInput
from interurban.core.model import PARAMETER_TYPES, Graph, Loop, Parameter, Value
from interurban.standards.spelling import did_you_mean

from .codes import code_of, squeezed
from .limits import in_figures

__all__ = ["graph_parameters", "parameter_fault", "read_parameters"]

_YEARS = re.compile(r"\s*(-?\d+)\s*(?:-|\.\.|,|to|/)\s*(-?\d+)\s*")
_YES, _NO = {"true", "yes", "y", "1", "on"}, {"false", "no", "n", "0", "off"}


def graph_parameters(graph: Graph) -> tuple[Parameter, ...]:
    """Parameters of every model of a graph that the graph itself does not settle, each once."""
    found: dict[str, Parameter] = {}
    for node in graph.nodes:
        for each in node.nodes if isinstance(node, Loop) else (node,):
            for parameter in each.model.parameters:
                if parameter.name not in each.fixed:
                    found.setdefault(parameter.name, parameter)
    return tuple(found.values())


def read_parameters(declared: Iterable[Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """A value for every parameter: the one given, as text or as itself, else the default.

    A parameter may be given by any of its names (``:first-proj-year`` for ``first_year``).

    Raises
    ------
    InvalidInput: names every parameter that is unknown, given twice, or can't be so.
    """
    by_name = {p.name: p for p in declared}
    said, faults = _said(by_name, given)
    values: dict[str, Value] = {p.name: p.default for p in by_name.values()}
    for name, value in said.items():
        parameter = by_name[name]
        try:
            values[name] = _READERS[parameter.type](parameter, value)
        except (ValueError, TypeError, OverflowError):
            faults.append(f"{name}: {value!r} is not {_KINDS[parameter.type]}.")
            continue
        fault = parameter_fault(parameter, values[name])
        if fault:
            faults.append(f"{name}: {fault}")
    if faults:
        raise InvalidInput(" ".join(faults), advice="Correct it and run again.", part="parameters")
    return values


def _said(
    by_name: Mapping[str, Parameter], given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What is said of each parameter, by its own name; and what can't be made out.

    Of ``years`` of which only one end is given, the other is the default's.
    """
    named: dict[str, tuple[str, int | None]] = {}
    for p in by_name.values():
        named |= {squeezed(end): (p.name, at) for at, end in enumerate(p.ends)}
        named |= {squeezed(name): (p.name, None) for name in p.also}
    named |= {squeezed(name): (name, None) for name in by_name}
    whole: dict[str, Any] = {}
    ends: dict[str, dict[int, Any]] = {}
    faults: list[str] = []
    for name, value in given.items():
        found = named.get(squeezed(name))
        if found is None:
            near = did_you_mean(name, by_name, otherwise=f"There are: {', '.join(by_name)}.")
            faults.append(f"There is no parameter {name!r}. {near}")
            continue
        target, end = found
        if target in whole or (end is None and target in ends) or end in ends.get(target, {}):
            faults.append(f"{target} is given twice, once as {name}.")
        elif end is None:
            whole[target] = value
        else:
            ends.setdefault(target, {})[end] = value
    for target, years in ends.items():
        usual = by_name[target].default
        assert isinstance(usual, tuple), "only years have ends"
        whole[target] = (years.get(0, usual[0]), years.get(1, usual[1]))
    return whole, faults


def parameter_fault(parameter: Parameter, value: Value) -> str:
    """What keeps a parameter from having a value, as a sentence; empty when nothing does."""
    low, high = parameter.minimum, parameter.maximum
    if parameter.type == "choice" and value not in parameter.choices:
        return f"{value!r} is none of {', '.join(parameter.choices)}."
    if parameter.type == "years":
        first, last = value if isinstance(value, tuple) else (0, 0)
        if int(first) > int(last):
            return f"the first year, {first}, is after the last, {last}."
        numbers = [float(first), float(last)]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        numbers = [float(value)]
    else:
        return ""
    for number in numbers:
        if not math.isfinite(number):
            return "it is not a finite number."
        if low is not None and number < low:
            return f"{in_figures(number)} is less than {in_figures(low)}."
        if high is not None and number > high:
            return f"{in_figures(number)} is more than {in_figures(high)}."
    return ""


def _integer(_: Parameter, said: Any) -> int:
    if isinstance(said, bool):
        raise TypeError
    number = float(said)
    if number != math.floor(number):
        raise ValueError
    return int(said) if isinstance(said, int) else int(number)


def _number(_: Parameter, said: Any) -> float:
    if isinstance(said, bool):
        raise TypeError
    return float(said)


def _boolean(_: Parameter, said: Any) -> bool:
    if isinstance(said, bool):
        return said
    word = str(said).strip().lower()
    if word not in _YES | _NO:
        raise ValueError
    return word in _YES


def _text(_: Parameter, said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError
    return said


def _choice(parameter: Parameter, said: Any) -> str:
    text = _text(parameter, said)
    return code_of(text, tuple(parameter.choices)) or text


def _years(_: Parameter, said: Any) -> tuple[int, int]:
    if isinstance(said, str):
        found = _YEARS.fullmatch(said)
        if found is None:
            raise ValueError
        return int(found[1]), int(found[2])
    first, last = said
    return int(first), int(last)


def _areas(_: Parameter, said: Any) -> tuple[str, ...]:
    words = said.split(",") if isinstance(said, str) else list(said)
    if not all(isinstance(word, str) for word in words):
        raise TypeError
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


_READERS: dict[str, Callable[[Parameter, Any], Value]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "choice": _choice,
    "text": _text,
    "years": _years,
    "areas": _areas,
}
_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "choice": "one of the choices",
    "text": "text",
    "years": "two years, as 2010-2014",
    "areas": "codes of areas with commas between",
}
assert set(_READERS) == set(PARAMETER_TYPES) == set(_KINDS)
