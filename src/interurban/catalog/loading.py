"""From a description to a load: which source, which mapping, which standard.

Bytes come from a mirror folder if one is given, else from the live portal, else from a folder of
synthetic tables, which every screen and export then calls SYNTHETIC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from interurban.core.city import City
from interurban.core.dataset import Dataset, Snapshot, SourceFacts, SourceSpec
from interurban.core.dataset import Mapping as MappingLines
from interurban.core.errors import ConfigurationError
from interurban.core.standard import Roles, Standard
from interurban.sources import Fetching, Limits, Reading, open_source
from interurban.sources.guess import guess, mapping_of, roles_of
from interurban.sources.reading import no_progress
from interurban.standards.catalogue import load_standards
from interurban.standards.mapping import CompiledMapping, compile_mapping
from interurban.store.home import Home
from interurban.store.load import Loading, load_snapshot
from interurban.synth import read_folder

from .after_load import look_for_personal_data, record_snapshots
from .pack_dataset import MODEL, RESERVED, SYNTHETIC

__all__ = ["Origin", "Progress", "load_dataset", "loading_of", "merged_roles", "standard_of"]

Progress = Callable[[int, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where loads take their bytes from.

    Parameters
    ----------
    mirror: folder that stands in for the portals, or that `interurban synth` wrote; ``None`` asks
        the portals themselves.
    tokens: app tokens by host name.
    """

    mirror: Path | None = None
    tokens: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def source(self, dataset: Dataset) -> tuple[SourceSpec, str] | None:
        """How to get a dataset from here, and what that makes it; ``None``: it is not here."""
        if self.mirror is None:
            if dataset.live is None or dataset.live.type in (MODEL, SYNTHETIC):
                return None
            return dataset.live, _kind(dataset.live)
        made = read_folder(self.mirror)
        if made is not None:
            found = made.source(dataset.id)
            return None if found is None else (found, "synthetic")
        return None if dataset.mirror is None else (dataset.mirror, "mirror")


def _kind(source: SourceSpec) -> str:
    """What rows of a live source are; a file on this machine is never called live."""
    return "file" if source.type == "files" and "url" not in source.options else "live"


def load_dataset(
    home: Home,
    dataset: Dataset,
    city: City,
    origin: Origin,
    *,
    last: Snapshot | None = None,
    full: bool = False,
    progress: Progress | None = None,
    step: Callable[[str], None] | None = None,
    limits: Limits | None = None,
) -> Snapshot:
    """Load a described dataset from an origin.

    Parameters
    ----------
    last: the newest snapshot; a source that can goes on from there.
    full: read everything again, whatever was read before.
    progress: called with rows and bytes so far, and bytes in all (``None``: unknown).
    step: called with the name of each step as it begins.

    Returns
    -------
    The newest snapshot: ``last`` itself when nothing has changed.

    Raises
    ------
    ConfigurationError: the origin does not have this dataset.
    SourceError, MappingError, LoadInProgress: as the source, the mapping and the store say.
    StoreError: the version is stored, but the audit log can't be told; the next load tells it.
    """
    found = origin.source(dataset)
    if found is None:
        if dataset.live is not None and dataset.live.type == MODEL:
            raise ConfigurationError(
                f"{dataset.id} was worked out by a model, and can't be loaded.",
                advice="Run the model again with: interurban run",
                part=dataset.id,
            )
        if dataset.live is not None and dataset.live.type == SYNTHETIC:
            raise ConfigurationError(
                f"{dataset.id} is of a synthetic city, and no portal or mirror has it.",
                advice=f"Make it with `interurban synth --city {dataset.city} --out FOLDER`, and "
                "load it from that folder with --mirror.",
                part=dataset.id,
            )
        raise ConfigurationError(
            f"{dataset.id} has no {'live source' if origin.mirror is None else 'mirror file'}.",
            advice="Load it from the other one, or from a file of your own.",
            part=dataset.id,
        )
    spec, kind = found
    since = None
    if last is not None and not full and last.mapping_hash == description_hash(dataset, spec):
        since = last.source
    home.create()
    with TemporaryDirectory(dir=home.scratch_folder(), prefix="fetch-") as work:
        fetching = Fetching(
            work=Path(work), mirror=origin.mirror, tokens=origin.tokens,
            limits=limits or Limits(), progress=progress or no_progress,
        )  # fmt: skip
        reading = open_source(spec, fetching, since)
        if reading is not None and reading.incremental and (last is None or last.id_field is None):
            # Rows without an id of their own can't be replaced one by one.
            reading.close()
            reading = open_source(spec, fetching, None)
        if reading is None and last is not None:
            record_snapshots(home, last)
            look_for_personal_data(home, last, city.time_zone)
            return last
        if reading is None:
            raise ConfigurationError(f"{dataset.id} gave nothing to read.", part=dataset.id)
        with reading:
            if spec.mapping is None or not spec.mapping.expressions:
                dataset, spec = _guessed(dataset, city, spec, reading)
            loading = loading_of(dataset, city, spec, kind, step=step)
            snapshot = load_snapshot(home, loading, reading)
    record_snapshots(home, last, snapshot)
    look_for_personal_data(home, snapshot, city.time_zone)
    return snapshot


def loading_of(
    dataset: Dataset,
    city: City,
    spec: SourceSpec,
    kind: str,
    *,
    step: Callable[[str], None] | None = None,
) -> Loading:
    """What the store needs to know to load a dataset from one of its sources."""
    standard = standard_of(dataset)
    mapping = spec.mapping or MappingLines({})

    def compile_for(columns: dict[str, str], facts: SourceFacts) -> CompiledMapping:
        crs = facts.reading.get("crs", "EPSG:4326")
        return compile_mapping(mapping, standard, columns, city, crs)

    return Loading(
        dataset=dataset,
        city=city,
        roles=merged_roles(standard, dataset.roles),
        geometry=standard.geometry if standard is not None else "any",
        kind=kind,
        mapping_hash=description_hash(dataset, spec),
        compile=compile_for,
        **({"step": step} if step else {}),
    )


def _guessed(
    dataset: Dataset, city: City, spec: SourceSpec, reading: Reading
) -> tuple[Dataset, SourceSpec]:
    """A dataset whose pack gives no mapping, with the guess of its columns for one."""
    columns = guess(
        reading.sample(), region=city.region, grid=city.crs, unpivot=spec.unpivot, reserved=RESERVED
    )
    roles = _overlaid(roles_of(columns), dataset.roles)
    return replace(dataset, roles=roles), replace(spec, mapping=mapping_of(columns))


def standard_of(dataset: Dataset) -> Standard | None:
    """The standard a dataset is mapped to, if any."""
    return load_standards()[dataset.standard] if dataset.standard else None


def merged_roles(standard: Standard | None, own: Roles | None) -> Roles:
    """The standard's roles, with those the dataset names in their place."""
    return _overlaid(standard.roles if standard is not None else Roles(), own)


def _overlaid(base: Roles, own: Roles | None) -> Roles:
    if own is None:
        return base
    given = {name: getattr(own, name) for name in Roles.__dataclass_fields__ if getattr(own, name)}
    return replace(base, **given)


def description_hash(dataset: Dataset, spec: SourceSpec) -> str:
    """SHA-256 over everything of a description that shapes the rows and what they mean, hex."""
    lines = spec.mapping.expressions if spec.mapping is not None else {}
    parts = [dataset.standard, repr(merged_roles(standard_of(dataset), dataset.roles))]
    parts += [f"{name}={line.sql}:{line.field}" for name, line in lines.items()]
    parts += [f"{name}={value}" for name, value in sorted(spec.options.items())]
    parts += [repr(spec.unpivot)] if spec.unpivot is not None else []
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
