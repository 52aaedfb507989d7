"""Portals by address: what one publishes, and one dataset named in a line.

An address is the kind of portal, a colon, and what that kind needs:

``socrata:data.cityofchicago.org/ijzp-q8t2``
``ckan:data.gov.uk/<package>`` or ``ckan:data.gov.uk/<package>/<resource>``
``arcgis:https://<host>/.../FeatureServer/0``
``opendatasoft:<host>/<dataset>``
``ogcapi:https://<host>/.../collections/<collection>``
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from interurban.core.dataset import SourceSpec
from interurban.core.errors import ConfigurationError

from ._listed import Listed
from .reading import Fetching

__all__ = ["discover", "is_address", "parse_address"]


def parse_address(text: str) -> SourceSpec:
    """Read a portal dataset's address as a source.

    Raises
    ------
    ConfigurationError: it is none.
    """
    kind, _, rest = text.strip().partition(":")
    read = _ADDRESSES.get(kind)
    options = read(rest.strip("/")) if read is not None and rest else None
    if options is None:
        raise ConfigurationError(
            f'"{text}" is no address of a portal\'s dataset.',
            advice="Write it like socrata:data.cityofchicago.org/ijzp-q8t2 or"
            " ckan:data.gov.uk/name-of-the-dataset.",
        )
    return SourceSpec(kind, MappingProxyType(options))


def is_address(text: str) -> bool:
    """Whether a text is meant as the address of a portal's dataset, and not as a file."""
    return text.partition(":")[0] in _ADDRESSES


def discover(portal: str, words: str = "", *, fetching: Fetching) -> Iterator[Listed]:
    """Search a portal's catalogue.

    Parameters
    ----------
    portal: kind and host (``socrata:data.cityofchicago.org``, ``ckan:data.gov.uk``).
    words: words to look for; empty lists everything.

    Raises
    ------
    ConfigurationError: no portal that can be searched.
    SourceError: it cannot be reached, or refuses.
    """
    kind, _, domain = portal.partition(":")
    if kind == "socrata" and domain:
        from . import socrata

        return socrata.discover(domain, words, fetching=fetching)
    if kind == "ckan" and domain:
        from . import ckan

        return ckan.discover(domain, words, fetching=fetching)
    raise ConfigurationError(
        f'"{portal}" is no portal that can be searched.',
        advice="Write it like socrata:data.cityofchicago.org or ckan:data.gov.uk.",
    )


def _domain_and_dataset(rest: str) -> dict[str, str] | None:
    domain, _, dataset = rest.rpartition("/")
    return {"domain": domain, "dataset": dataset} if domain and dataset else None


def _package(rest: str) -> dict[str, str] | None:
    parts = rest.split("/")
    if len(parts) == 2 and all(parts):
        return {"domain": parts[0], "package": parts[1]}
    if len(parts) == 3 and all(parts):
        return {"domain": parts[0], "package": parts[1], "resource": parts[2]}
    return None


def _layer(rest: str) -> dict[str, str] | None:
    return {"url": rest} if "://" in rest else None


def _collection(rest: str) -> dict[str, str] | None:
    base, marker, collection = rest.rpartition("/collections/")
    return {"url": base, "collection": collection} if marker and "://" in base else None


_ADDRESSES: Mapping[str, Callable[[str], dict[str, str] | None]] = {
    "arcgis": _layer,
    "ckan": _package,
    "ogcapi": _collection,
    "opendatasoft": _domain_and_dataset,
    "socrata": _domain_and_dataset,
}
