"""YAML with the line of every key, and values asked for by type.

A file is read into nodes, not into dicts, so that every mistake can name its file, line and key.
Nothing in a file is ever evaluated: only texts, numbers, flags, dates, lists and sections exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from interurban.core.errors import ConfigurationError

from .spelling import did_you_mean

__all__ = ["Section", "read_yaml", "read_yaml_text"]

_TEXT = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
}
_DEEPEST = 20
_SURELY_FLAT = 5_000
"""A text of fewer characters can't be nested so deep that its parser runs out of stack."""

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


def read_yaml(file: Traversable | Path, shown: str) -> Section:
    """The keys of one YAML file.

    Parameters
    ----------
    shown: the file's name as messages give it.

    Raises
    ------
    ConfigurationError: the file cannot be read, is not YAML, or is not a list of keys.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the file cannot be read: {error}.", file=shown) from error
    return read_yaml_text(text, shown)


def read_yaml_text(text: str, shown: str) -> Section:
    """The keys of a YAML text; JSON is YAML, and is read as well.

    Parameters
    ----------
    shown: what messages call the text.

    Raises
    ------
    ConfigurationError: the text is not YAML, or is not a list of keys.
    """
    try:
        if len(text) > _SURELY_FLAT:
            _check_depth(text, shown)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigurationError(
            f"this is not YAML: {error.problem}.",
            advice="A text with a colon or a leading quote stands in quotes.",
            file=shown,
            line=mark.line + 1 if mark else None,
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"this is not YAML: {error}.", file=shown) from error
    if not isinstance(node, yaml.MappingNode):
        raise ConfigurationError("the file must be a list of keys.", file=shown, line=1)
    return Section(shown, "", node)


def _check_depth(text: str, shown: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > 10 * _DEEPEST:
            mark = event.start_mark
            raise ConfigurationError(
                "sections are nested too deep.", file=shown, line=mark.line + 1 if mark else None
            )


class Section:
    """The keys under one key of a file; every question about them is asked here.

    Parameters
    ----------
    file: the file's name as messages give it.
    path: the section's own key, dotted; empty at the top.

    Raises
    ------
    ConfigurationError: a key stands twice, or is no plain text.
    """

    def __init__(self, file: str, path: str, node: yaml.MappingNode) -> None:
        self.file = file
        self.path = path
        self.line: int = node.start_mark.line + 1
        self._values: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        if path.count(".") > _DEEPEST:
            raise ConfigurationError("sections are nested too deep.", file=file, line=self.line)
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if not name or key.tag == _MERGE:
                raise ConfigurationError("a key must be a word.", file=file, line=line)
            if name in self._values:
                raise ConfigurationError(
                    f"this key already stands in line {self._lines[name]}.",
                    advice="Take one of the two away.",
                    file=file,
                    line=line,
                    part=self._part(name),
                )
            self._values[name] = value
            self._lines[name] = line

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def line_of(self, key: str) -> int:
        """The line of a key; of the section when it has none."""
        return self._lines.get(key, self.line)

    def wrong(self, what: str, key: str = "", advice: str = "") -> ConfigurationError:
        """The error that says what is wrong with a key, and where it stands."""
        return ConfigurationError(
            what, advice=advice, part=self._part(key), file=self.file, line=self.line_of(key)
        )

    def allow(self, known: Collection[str]) -> None:
        """Refuse every key that is not among the known ones."""
        for key in self._values:
            if key not in known:
                advice = did_you_mean(key, known, otherwise=f"Known are {', '.join(known)}.")
                raise self.wrong("this key is not known.", key, advice)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required unless there is a default."""
        node = self._node(key, required=default is None)
        if node is None:
            return default or ""
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT:
            raise self.wrong("this must be a text.", key, "Put it in quotes.")
        if not node.value.strip() and default is None:
            raise self.wrong("this must not be empty.", key)
        return str(node.value).strip()

    def choice(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        """A text out of a list."""
        value = self.text(key, default)
        if value not in choices and value != default:
            raise self.wrong(
                f'"{value}" is not one of {", ".join(choices)}.', key, did_you_mean(value, choices)
            )
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when the key is absent."""
        return tuple(self._as_text(item, key) for item in self._sequence(key))

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """A list of that many numbers."""
        self._node(key, required=True)
        values = [self._construct(item, key) for item in self._sequence(key)]
        if len(values) != count or not all(_is_number(value) for value in values):
            raise self.wrong(f"this must be a list of {count} numbers.", key)
        return tuple(float(value) for value in values)

    def number(self, key: str) -> float | None:
        """A number, or ``None`` when the key is absent."""
        value = self._value(key)
        if value is not None and not _is_number(value):
            raise self.wrong("this must be a number.", key)
        return None if value is None else float(value)

    def whole(self, key: str) -> int:
        """A whole number, not negative; required."""
        self._node(key, required=True)
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong("this must be a whole number, not negative.", key)
        return value

    def flag(self, key: str) -> bool:
        """``true`` or ``false``; false when the key is absent."""
        value = self._value(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong("this must be true or false.", key)
        return bool(value)

    def day(self, key: str) -> date | None:
        """A date (``2023-05-15``), or ``None`` when the key is absent."""
        value = self._value(key)
        if value is not None and type(value) is not date:
            raise self.wrong("this must be a date.", key, "It is written 2023-05-15.")
        return value

    def written(self, key: str) -> str:
        """A single value as it is written, whatever its type: 5 stays "5"."""
        node = self._node(key, required=True)
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL or not node.value.strip():
            raise self.wrong("this must be a single value.", key)
        return str(node.value)

    def is_list(self, key: str) -> bool:
        """Whether a list stands under the key."""
        return isinstance(self._values.get(key), yaml.SequenceNode)

    def is_section(self, key: str) -> bool:
        """Whether keys stand under the key."""
        return isinstance(self._values.get(key), yaml.MappingNode)

    def section(self, key: str) -> Section | None:
        """The keys under a key, or ``None`` when it is absent."""
        node = self._node(key, required=False)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong("keys must stand under this.", key)
        return Section(self.file, self._part(key) or "", node)

    def sections(self, key: str) -> tuple[Section, ...]:
        """A list of sections; empty when the key is absent."""
        found = []
        for position, item in enumerate(self._sequence(key)):
            if not isinstance(item, yaml.MappingNode):
                raise self.wrong("each entry of this list must have keys.", key)
            found.append(Section(self.file, f"{self._part(key)}[{position}]", item))
        return tuple(found)

    def options(self, besides: Collection[str]) -> dict[str, Any]:
        """Every other key with its plain value: texts, numbers, flags, dates, lists, sections."""
        return {key: self._construct(self._values[key], key) for key in self if key not in besides}

    def _part(self, key: str) -> str | None:
        return ".".join(part for part in (self.path, key) if part) or None

    def _node(self, key: str, *, required: bool) -> yaml.Node | None:
        node = self._values.get(key)
        if node is None and required:
            raise self.wrong("this key is missing.", key)
        return node

    def _value(self, key: str) -> Any:
        node = self._node(key, required=False)
        return None if node is None else self._construct(node, key)

    def _sequence(self, key: str) -> list[yaml.Node]:
        node = self._node(key, required=False)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong("this must be a list.", key, "It is written [one, two].")
        return list(node.value)

    def _as_text(self, node: yaml.Node, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT or not node.value.strip():
            raise self.wrong("this must be a list of texts.", key, "Put numbers in quotes.")
        return str(node.value).strip()

    def _construct(self, node: yaml.Node, key: str, depth: int = 0) -> Any:
        if node.tag not in _PLAIN_TAGS or depth > _DEEPEST:
            raise self.wrong("this is no plain value.", key)
        if isinstance(node, yaml.MappingNode):
            return {
                str(name.value): self._construct(value, key, depth + 1)
                for name, value in node.value
            }
        if isinstance(node, yaml.SequenceNode):
            return [self._construct(item, key, depth + 1) for item in node.value]
        constructor = yaml.constructor.SafeConstructor()
        try:
            return constructor.construct_object(node)
        except ValueError as error:
            raise self.wrong(f'"{node.value}" cannot be read: {error}.', key) from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
