"""Options of a portal's source, each of the type it must be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from interurban.core.dataset import SourceSpec
from interurban.core.errors import ConfigurationError

from .transport_guard import expect_url

__all__ = ["PortalOptions"]


class PortalOptions:
    """The options of one source, taken out by name.

    Parameters
    ----------
    known: every option that this kind of source has.

    Raises
    ------
    ConfigurationError: an option it does not have.
    """

    def __init__(self, spec: SourceSpec, known: Collection[str]) -> None:
        self.kind = spec.type
        self._given: Mapping[str, Any] = spec.options
        for key in spec.options:
            if key not in known:
                raise ConfigurationError(
                    f'A source of type {self.kind} has no option "{key}".',
                    advice=f"It has: {', '.join(sorted(known))}.",
                    part=key,
                )

    def text(self, key: str, default: str = "") -> str:
        """A text; numbers count as the text they are written with."""
        value = self._given.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._wrong(key, "text")
        return str(value).strip()

    def required(self, key: str) -> str:
        """A text that must be there."""
        value = self.text(key)
        if not value:
            raise ConfigurationError(
                f"A source of type {self.kind} needs the option {key}.",
                advice="Write it into the pack.",
                part=key,
            )
        return value

    def whole(self, key: str, default: int, most: int) -> int:
        """A whole number from 1 on; the default may be any."""
        value = self._given.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self._wrong(key, f"a whole number from 1 to {most:,}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text is a list of one."""
        value = self._given.get(key)
        if value is None:
            return ()
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(isinstance(v, str) for v in listed):
            raise self._wrong(key, "a list of texts")
        return tuple(listed)

    def table(self, key: str) -> dict[str, Any]:
        """A section of keys and values."""
        value = self._given.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self._wrong(key, "a list of names with their values")
        return dict(value)

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        """One of some texts."""
        value = self.text(key, default)
        if value != default and value not in choices:
            raise self._wrong(key, f"one of {', '.join(choices)}")
        return value

    def origin(self, key: str = "domain") -> str:
        """A portal's address without a path at its end; https where no scheme is written."""
        value = self.required(key).rstrip("/")
        return expect_url(value if "://" in value else f"https://{value}", key)

    def only(self, keys: Collection[str]) -> dict[str, Any]:
        """The options of these names that are given, to be handed on."""
        return {key: self._given[key] for key in keys if key in self._given}

    def _wrong(self, key: str, wanted: str) -> ConfigurationError:
        return ConfigurationError(
            f"The option {key} of a source of type {self.kind} is not {wanted}.",
            advice=f"Write {wanted}.",
            part=key,
        )
