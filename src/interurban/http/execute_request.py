"""The body of an execution: inputs by value or by reference, and what is wanted of the outputs.

Inputs are held against the schemas of the process description. A reference is only ever a
collection of this node: nothing is fetched from elsewhere.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jsonschema_rs

from interurban.core.errors import InvalidInput
from interurban.core.model import TableContract
from interurban.standards.spelling import did_you_mean
from interurban.workspace.graph import Plan

from .process_documents import (
    CITY,
    CSV_TYPE,
    OUTPUT_TYPES,
    TITLE,
    process,
    rows_schema,
)
from .service import JSON

__all__ = ["Execution", "Output", "Wanted", "keep_wanted", "kept_wanted", "read_execution"]

_MEMBERS = ("inputs", "outputs", "response", "mode")
_KEPT = "execute.json"
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Output:
    """What is wanted of one output.

    Parameters
    ----------
    transmission: ``value``, ``reference``, or ``any``: a value unless it is very large.
    """

    media_type: str = JSON
    transmission: str = "any"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of the results.

    Parameters
    ----------
    outputs: those to give, by name.
    raw: as they are, instead of in one document.
    """

    outputs: Mapping[str, Output]
    raw: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """A run that is asked for.

    Parameters
    ----------
    inputs: table to the id of a dataset, a token, or a file in the folder that was given.
    """

    city: str
    title: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str | Path]
    wanted: Wanted


def read_execution(
    body: Mapping[str, Any], plan: Plan, cities: list[str], base: str, folder: Path
) -> Execution:
    """Read the body of an execution.

    Parameters
    ----------
    cities: of this node.
    base: scheme and host people reach the node at; references lie under it.
    folder: tables given by value are written to it.

    Raises
    ------
    InvalidInput: the input or output at fault is ``part``.
    """
    strange = next((name for name in body if name not in _MEMBERS), None)
    if strange is not None:
        raise InvalidInput(
            f"An execution has no {strange[:60]!r} here.",
            advice="It has inputs, outputs and response; nobody is called back.",
            part=strange[:60],
        )
    described = process(base, plan, cities)
    given = _object(body, "inputs")
    _known(given, described["inputs"], "input")
    if CITY not in given:
        raise InvalidInput("The input city is missing.", advice="Name a city.", part=CITY)
    contracts = {contract.name: contract for contract in plan.graph.needs}
    settings: dict[str, Any] = {}
    tables: dict[str, str | Path] = {}
    for name, value in given.items():
        if name in contracts:
            tables[name] = _table(contracts[name], value, base, folder)
        else:
            settings[name] = _setting(name, described["inputs"][name]["schema"], value)
    city, title = settings.pop(CITY), settings.pop(TITLE, "")
    wanted = _wanted(body, described["outputs"])
    return Execution(city, title, settings, tables, wanted)


# Inputs


def _setting(name: str, schema: Mapping[str, Any], given: Any) -> Any:
    """The value of a parameter, which may be qualified."""
    value = given
    if isinstance(given, dict):
        if "value" not in given:
            raise InvalidInput(
                f"{name} is taken by value only.", advice="Give the value itself.", part=name
            )
        value = given["value"]
    _hold(name, {k: v for k, v in schema.items() if k != "default"}, value)
    return value


def _table(contract: TableContract, given: Any, base: str, folder: Path) -> str | Path:
    media_type, value = JSON, given
    if isinstance(given, dict):
        if "href" in given:
            return _referenced(contract.name, given["href"], base)
        if "value" not in given:
            raise InvalidInput(
                f"{contract.name} has neither value nor href.",
                advice="Give rows, text/csv, a reference, or the id of a dataset.",
                part=contract.name,
            )
        value = given["value"]
        form = given.get("format")
        said = form.get("mediaType") if isinstance(form, dict) else None
        media_type = str(given.get("mediaType", said or JSON)).partition(";")[0].strip().lower()
        if media_type not in (JSON, CSV_TYPE):
            raise InvalidInput(
                f"{contract.name} can't be read as {media_type[:60]}.",
                advice=f"Give it as {JSON} or {CSV_TYPE}.",
                part=contract.name,
            )
    file = folder / f"{contract.name}.csv"
    if media_type == CSV_TYPE:
        _hold(contract.name, {"type": "string", "minLength": 1}, value)
        file.write_text(value, encoding="utf-8", newline="")
        return file
    if isinstance(value, str):
        return value
    _hold(contract.name, rows_schema(contract), value)
    _write_rows(file, contract, value)
    return file


def _write_rows(file: Path, contract: TableContract, rows: list[dict[str, Any]]) -> None:
    names = [f.name for f in contract.fields if any(f.name in row for row in rows)]
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(names)
        writer.writerows([_cell(row.get(name)) for name in names] for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _referenced(name: str, href: Any, base: str) -> str:
    """The dataset that a reference names; nothing else can be referred to."""
    if isinstance(href, str):
        here, there = urlsplit(base), urlsplit(href)
        own = not there.netloc or (there.scheme, there.netloc) == (here.scheme, here.netloc)
        path = there.path.removeprefix(here.path if there.netloc else "")
        parts = [unquote(part) for part in path.split("/")]
        whole = all(key == "f" for key, _ in parse_qsl(there.query, keep_blank_values=True))
        if own and whole and parts[:2] == ["", "collections"] and parts[3:] in ([], ["items"]):
            return _plain_name(name, parts[2])
    raise InvalidInput(
        f"{name} refers to {str(href)[:_SHOWN]!r}, which is no whole dataset of this node.",
        advice=f"Refer to {base}/collections/<dataset>; give anything else by value.",
        part=name,
    )


def _plain_name(name: str, dataset: str) -> str:
    if dataset.startswith("upload:"):
        raise InvalidInput(f"{name} refers to no dataset of this node.", part=name)
    return dataset


def _hold(name: str, schema: Mapping[str, Any], value: Any) -> None:
    """Hold a value against its schema; InvalidInput says the first thing that is wrong."""
    for error in jsonschema_rs.validator_for(dict(schema)).iter_errors(value):
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}"
                        for step in error.instance_path)  # fmt: skip
        said = error.message if len(error.message) <= _SHOWN else f"{error.message[:_SHOWN]} ..."
        raise InvalidInput(
            f"{name}{where} is not as the process describes it: {said}.",
            advice="See its schema in the description of the process.",
            part=name,
        )


# Outputs


def _wanted(body: Mapping[str, Any], described: Mapping[str, Any]) -> Wanted:
    response = body.get("response", "raw")
    if response not in ("raw", "document"):
        raise InvalidInput("response is neither raw nor document.", part="response")
    asked = _object(body, "outputs")
    _known(asked, described, "output")
    if not asked:
        return Wanted({name: Output() for name in described}, response == "raw")
    return Wanted({name: _output(name, asked[name]) for name in asked}, response == "raw")


def _output(name: str, given: Any) -> Output:
    if not isinstance(given, dict):
        raise InvalidInput(f"What is wanted of {name} is no object.", part=name)
    form = given.get("format", {})
    media_type = form.get("mediaType", JSON) if isinstance(form, dict) else None
    transmission = given.get("transmissionMode", "any")
    if media_type not in OUTPUT_TYPES:
        raise InvalidInput(
            f"{name} is not given as {str(media_type)[:60]}.",
            advice=f"There are {', '.join(OUTPUT_TYPES)}.",
            part=name,
        )
    if transmission not in ("value", "reference", "any"):
        raise InvalidInput(f"{name} is transmitted by value or by reference.", part=name)
    return Output(media_type, transmission)


def keep_wanted(folder: Path, wanted: Wanted) -> None:
    """Remember beside a run what is wanted of its results."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"raw": wanted.raw, "outputs": {n: asdict(o) for n, o in wanted.outputs.items()}}
    half = folder / f".{_KEPT}"
    half.write_text(json.dumps(document), encoding="utf-8")
    half.replace(folder / _KEPT)


def kept_wanted(folder: Path) -> Wanted | None:
    """What is wanted of the results of a run; ``None`` when nobody said so."""
    try:
        document = json.loads((folder / _KEPT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    outputs = {name: Output(**said) for name, said in document["outputs"].items()}
    return Wanted(outputs, document["raw"])


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name, {})
    if not isinstance(found, dict):
        raise InvalidInput(f"{name} is no object.", part=name)
    return found


def _known(given: Mapping[str, Any], described: Mapping[str, Any], what: str) -> None:
    strange = next((name for name in given if name not in described), None)
    if strange is not None:
        raise InvalidInput(
            f"The process has no {what} {strange[:60]!r}.",
            advice=did_you_mean(strange, described, otherwise=f"It has {', '.join(described)}."),
            part=strange[:60],
        )
