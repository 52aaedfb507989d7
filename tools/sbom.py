"""What Interurban is made of, as a CycloneDX 1.6 document (JSON).

The Python packages that an installed node needs (not the tools of the tests), as they are installed
here, and the npm packages that are built into the web app, as the lock file pins them.

usage: python tools/sbom.py [FILE]        SOURCE_DATE_EPOCH, if set, is the time it says
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "web" / "package-lock.json"
ITSELF = "interurban"
BUILT_IN = ("svelte",)
"""npm packages that only the build names, and that are in what it gives all the same."""
_LONGEST_NAME = 80


def main(arguments: list[str]) -> int:
    """Write the document, and say where."""
    target = Path(arguments[0]) if arguments else ROOT / "dist" / "interurban.cdx.json"
    python, npm = python_packages(), npm_packages(json.loads(LOCK.read_text(encoding="utf-8")))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(document(python, npm), encoding="utf-8")
    print(f"{target}: {len(python)} Python packages, {len(npm)} npm packages")
    return 0


def document(
    python: Mapping[str, tuple[Component, set[str]]], npm: Mapping[str, tuple[Component, set[str]]]
) -> str:
    """Both worlds under one root, as JSON; the same packages give the same document."""
    bom = Bom()
    bom.metadata.timestamp = _now()
    bom.metadata.tools.components.add(this_component())
    itself = Component(
        name=ITSELF,
        version=metadata.version(ITSELF),
        type=ComponentType.APPLICATION,
        licenses=_licences("Apache-2.0"),
        purl=PackageURL("pypi", None, ITSELF, metadata.version(ITSELF)),
        bom_ref=ITSELF,
    )
    bom.metadata.component = itself
    for packages in (python, npm):
        for component, _ in packages.values():
            bom.components.add(component)
    for packages in (python, npm):
        for component, needs in packages.values():
            bom.register_dependency(component, [packages[name][0] for name in sorted(needs)])
    first = [python[name][0] for name in _needs(ITSELF) if name in python]
    bom.register_dependency(itself, [*first, *(npm[path][0] for path in _roots(npm))])
    refs = sorted(str(component.bom_ref) for component in bom.components)
    bom.serial_number = uuid5(NAMESPACE_URL, "\n".join([str(itself.purl), *refs]))
    output = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    return output.output_as_string(indent=1) + "\n"


# Python


def python_packages() -> dict[str, tuple[Component, set[str]]]:
    """Every package that the installed program needs, with the names of those it needs itself."""
    found: dict[str, tuple[Component, set[str]]] = {}
    waiting = sorted(_needs(ITSELF))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        needs = _needs(name)
        found[name] = (_python_component(metadata.distribution(name)), needs)
        waiting += sorted(needs - found.keys())
    return found


def _needs(name: str) -> set[str]:
    """Names of the packages that a package needs on this machine; extras are nobody's need."""
    wanted = set()
    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            wanted.add(canonicalize_name(requirement.name))
            wanted |= _needs_of_extras(requirement)
    return wanted


def _needs_of_extras(wanted: Requirement) -> set[str]:
    """What is needed for ``package[extra]``."""
    return {
        canonicalize_name(requirement.name)
        for extra in wanted.extras
        for requirement in map(Requirement, metadata.requires(wanted.name) or ())
        if requirement.marker is not None
        and requirement.marker.evaluate({"extra": extra})
        and not requirement.marker.evaluate({"extra": ""})
    }


def _python_component(found: metadata.Distribution) -> Component:
    said = found.metadata
    written = said.get("License-Expression") or said.get("License") or ""
    if not written or len(written) > _LONGEST_NAME or "\n" in written:
        named = [c for c in said.get_all("Classifier", ()) if c.startswith("License :: ")]
        written = named[0].rpartition(" :: ")[2] if named else ""
    purl = PackageURL("pypi", None, canonicalize_name(said["Name"]), found.version)
    return _component(said["Name"], found.version, purl, written)


# npm


def npm_packages(lock: Mapping[str, Any]) -> dict[str, tuple[Component, set[str]]]:
    """Every package that is built into the web app, by its path in the lock file."""
    packages: Mapping[str, Mapping[str, Any]] = lock["packages"]
    found: dict[str, tuple[Component, set[str]]] = {}
    waiting = [_path(packages, "", name) for name in (*packages[""]["dependencies"], *BUILT_IN)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        known = packages[path]
        wanted = {*known.get("dependencies", ()), *known.get("optionalDependencies", ())}
        needs = {there for name in wanted if (there := _path(packages, path, name, missing=True))}
        found[path] = (_npm_component(path, known), needs)
        waiting += sorted(needs - found.keys())
    return found


def _roots(npm: Iterable[str]) -> list[str]:
    """The packages that the web app names itself."""
    named = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    wanted = {f"node_modules/{name}" for name in (*named["dependencies"], *BUILT_IN)}
    return sorted(wanted.intersection(npm))


def _path(packages: Mapping[str, Any], above: str, name: str, *, missing: bool = False) -> str:
    """Where a package finds another one: in its own folder, or in one above it."""
    folder = above
    while True:
        path = f"{folder}/node_modules/{name}".removeprefix("/")
        if path in packages:
            return path
        if not folder:
            break
        folder = folder.rpartition("/node_modules/")[0] if "/node_modules/" in folder else ""
    if missing:
        return ""  # an optional one that this machine does not need
    raise SystemExit(f"The lock file has no {name}: run npm install in web/.")


def _npm_component(path: str, known: Mapping[str, Any]) -> Component:
    full = known.get("name") or path.rpartition("node_modules/")[2]
    scope, _, name = full.rpartition("/")
    purl = PackageURL("npm", scope or None, name, known["version"])
    algorithm, _, digest = known.get("integrity", "").partition("-")
    hashes = (
        [HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())]
        if algorithm == "sha512"
        else []
    )
    return _component(full, known["version"], purl, known.get("license", ""), hashes)


# Both


def _component(
    name: str, version: str, purl: PackageURL, licence: str, hashes: Iterable[HashType] = ()
) -> Component:
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED,
        purl=purl,
        bom_ref=purl.to_string(),
        licenses=_licences(licence),
        hashes=hashes,
    )


def _licences(written: str) -> list[License]:
    """What is said of the licence: an SPDX id or expression if it is one, else the name."""
    return [LicenseFactory().make_from_string(written)] if written else []


def _now() -> datetime:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
