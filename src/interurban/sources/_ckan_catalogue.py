"""The catalogue of a CKAN portal, or of one that looks like it (DataPress: the London Datastore).

CKAN answers under ``/api/3/action``; DataPress under ``/api/action``, gives the whole catalogue
as ``result.result`` whatever is searched for, describes one dataset under ``/api/dataset``, and
keeps a dataset's resources in an object keyed by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from interurban.core.errors import ConfigurationError, SourceRefused

from ._transport_answers import host_of, spoken
from .transport import Transport

__all__ = ["Catalogue", "Resource", "choose"]

_ACTIONS = ("/api/3/action", "/api/action")
_LISTED_PAGE = 500


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a dataset.

    Parameters
    ----------
    datastore: its rows can be queried.
    modified: when it was last changed, as the portal writes it.
    """

    id: str
    name: str
    format: str
    url: str
    datastore: bool
    modified: str


class Catalogue:
    """Asks one portal's catalogue."""

    def __init__(self, transport: Transport, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    def action(self, name: str, params: Mapping[str, str]) -> Any:
        """The result of one action of the API, wherever this portal has it.

        Raises
        ------
        SourceRefused: the portal's no, in its own words.
        """
        refused: SourceRefused | None = None
        for base in _ACTIONS:
            try:
                document = self._transport.get_json(f"{self._origin}{base}/{name}", params).document
            except SourceRefused as error:
                refused = refused or error
                continue
            if isinstance(document, dict) and "result" in document:
                return document["result"]
            refused = self._unlike(document)
        assert refused is not None
        raise refused

    def resources(self, package: str) -> tuple[Resource, ...]:
        """The resources of a dataset, by its id or its name.

        Raises
        ------
        SourceRefused: the portal has no such dataset.
        """
        try:
            found = self.action("package_show", {"id": package})
        except SourceRefused as refused:
            found = self._datapress_dataset(package, refused)
        listed = found.get("resources") if isinstance(found, dict) else None
        if isinstance(listed, Mapping):
            listed = [{"id": key, **one} for key, one in listed.items()]
        return tuple(self._resource(one) for one in listed or ())

    def resource(self, identifier: str) -> Resource:
        """One resource by its id."""
        return self._resource(self.action("resource_show", {"id": identifier}))

    def packages(self, words: str) -> Iterator[Mapping[str, Any]]:
        """Every dataset that the words are found in; all when there are none."""
        seen, total = 0, 1
        while seen < total:
            params = {"q": words, "rows": str(_LISTED_PAGE), "start": str(seen)}
            result = self.action("package_search", params)
            if isinstance(result, dict) and isinstance(result.get("result"), list):
                # DataPress: everything at once, nothing searched.
                yield from (one for one in result["result"] if _mentions(one, words))
                return
            found = result.get("results") or [] if isinstance(result, dict) else []
            if not found:
                return
            total = int(result.get("count") or 0)
            yield from found
            seen += len(found)

    def _datapress_dataset(self, package: str, refused: SourceRefused) -> Any:
        url = f"{self._origin}/api/dataset/{quote(package, safe='')}"
        try:
            return self._transport.get_json(url).document
        except SourceRefused:
            raise refused from None

    def _resource(self, one: Mapping[str, Any]) -> Resource:
        return Resource(
            id=str(one.get("id", "")),
            name=str(one.get("name") or one.get("title") or ""),
            format=str(one.get("format") or "").lower().lstrip("."),
            url=urljoin(f"{self._origin}/", str(one.get("url") or "")),
            datastore=bool(one.get("datastore_active")),
            modified=str(
                one.get("last_modified")
                or one.get("check_timestamp")
                or one.get("metadata_modified")
                or ""
            ),
        )

    def _unlike(self, document: Any) -> SourceRefused:
        error = document.get("error") if isinstance(document, dict) else None
        said = error.get("message", "") if isinstance(error, dict) else ""
        return SourceRefused(
            f"{host_of(self._origin)} did not answer as a CKAN portal does{spoken(said)}",
            advice="Check the domain in the pack.",
        )


def choose(resources: tuple[Resource, ...], package: str, wanted: str, form: str) -> Resource:
    """The one resource that is meant.

    Parameters
    ----------
    wanted: its id or its name; empty when the format or there being only one tells.
    form: its format (``csv``), or empty.

    Raises
    ------
    ConfigurationError: none, or more than one.
    """
    left = [one for one in resources if not wanted or wanted in (one.id, one.name)]
    left = [one for one in left if not form or one.format == form.lower().lstrip(".")]
    if len(left) == 1:
        return left[0]
    shown = "; ".join(f"{one.name or 'unnamed'} ({one.format or '?'}, {one.id})" for one in left)
    if not left:
        have = "; ".join(f"{one.name or 'unnamed'} ({one.format or '?'})" for one in resources)
        raise ConfigurationError(
            f'The dataset {package} has no resource "{wanted or form}".',
            advice=f"It has: {have}." if have else "It has none at all.",
            part="resource",
        )
    raise ConfigurationError(
        f"The dataset {package} has {len(left)} resources that could be meant.",
        advice=f"Name one under resource, by its id: {shown[:1_000]}.",
        part="resource",
    )


def _mentions(one: Mapping[str, Any], words: str) -> bool:
    text = f"{one.get('title', '')} {one.get('name', '')} {one.get('notes', '')}".lower()
    return all(word in text for word in words.lower().split())
