"""What an operator may set, from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from interurban.core.errors import ConfigurationError

__all__ = ["Settings"]

_PREFIX = "INTERURBAN_"
_CONTACT = f"{_PREFIX}SECURITY_CONTACT"
_ADDRESS = re.compile(r"mailto:[^\s@]+@[^\s@]+|https://[^\s]+")
_STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a node is served. Each is read from ``INTERURBAN_<NAME>``.

    Parameters
    ----------
    title: what people call this node, as its partners see it; empty takes the names of its cities.
    public_url: the address people reach the node at (``https://data.example.org``); empty takes
        it from each request.
    allow_origin: who may read from another web page (CORS); open data, so everyone.
    timeout_s: seconds an answer may take before its first byte.
    export_timeout_s: seconds a download may take between two of its chunks.
    max_url_bytes: longest path and query together.
    default_limit: features of a GeoJSON page when ``limit`` is absent.
    threads: questions answered at the same time; 0 is one for each core.
    web_root: folder of the built web app.
    max_runs: runs of models under way at once; with 0 nobody can start or change any.
    max_body_bytes: longest JSON body of a request.
    max_upload_bytes: largest file that is taken.
    upload_space_mb: room for people's own files, in million bytes.
    requests_per_s: requests a second of one account, or of one address of another machine;
        0 is no limit.
    request_burst: requests of theirs at once, after a quiet time.
    session_idle_s: seconds until a browser that nobody uses is signed out.
    session_s: seconds until it is signed out in any case.
    security_contact: whom to tell of a weakness, as ``mailto:`` or https address; it is published.
    """

    title: str = ""
    public_url: str = ""
    allow_origin: str = "*"
    timeout_s: float = 30.0
    export_timeout_s: float = 120.0
    max_url_bytes: int = 16_384
    default_limit: int = 1_000
    threads: int = 0
    web_root: Path = _STATIC
    max_runs: int = 8
    max_body_bytes: int = 8_388_608
    max_upload_bytes: int = 67_108_864
    upload_space_mb: int = 2_000
    requests_per_s: float = 100.0
    request_burst: int = 1_000
    session_idle_s: int = 7_200
    session_s: int = 43_200
    security_contact: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; what is not named keeps its default.

        Raises
        ------
        ConfigurationError: a value that is not of its kind; ``part`` is the variable.
        """
        given = os.environ if environment is None else environment
        values: dict[str, object] = {}
        for field in fields(cls):
            variable = _PREFIX + field.name.upper()
            text = given.get(variable, "")
            if text:
                values[field.name] = _read(variable, text, type(field.default))
        _check_contact(given.get(_CONTACT, ""))
        return cls(**values)  # type: ignore[arg-type]  # each value is of its field's own type

    @property
    def workers(self) -> int:
        """Threads that answer questions."""
        return self.threads or os.cpu_count() or 1


def _check_contact(contact: str) -> None:
    if contact and not _ADDRESS.fullmatch(contact):
        raise ConfigurationError(
            f"{_CONTACT} is {contact!r}, which is no address to write to.",
            advice="Write it as mailto:security@example.org or https://example.org/security.",
            part=_CONTACT,
        )


def _read(variable: str, text: str, kind: type[object]) -> object:
    if issubclass(kind, int | float):
        try:
            number = kind(text)
        except ValueError:
            number = kind(-1)
        if not 0 <= number < 2**31:
            raise ConfigurationError(
                f"{variable} is {text!r}, which is not a number from 0 up.",
                advice="Set a number, or remove it to take the default.",
                part=variable,
            )
        return number
    return Path(text) if issubclass(kind, Path) else text
