"""Every error Interurban raises on purpose.

InterurbanError
├── BadRequest            the question cannot be asked this way          (HTTP 400)
│   ├── UnknownField
│   ├── InvalidFilter
│   ├── InvalidPlace
│   ├── InvalidTime
│   └── InvalidInput      a table or a parameter that a model can't take
├── SignInNeeded          who asks is not known, or not any more         (HTTP 401)
├── Refused               policy says no, in plain words                 (HTTP 403)
├── NotFound              there is no such thing here                    (HTTP 404)
│   ├── UnknownCity
│   ├── UnknownDataset
│   ├── UnknownStandard
│   ├── UnknownSnapshot
│   ├── UnknownFeature
│   ├── UnknownModel
│   ├── UnknownRun
│   └── UnknownAccount    or organisation, group, token
├── Conflict              it does not fit how things stand by now        (HTTP 409)
├── TooMuch               over a limit that protects the node            (HTTP 413)
├── TooOften              asked again too soon                           (HTTP 429)
├── Abandoned             who asked has left; nobody sees this           (HTTP 499)
├── PeerDown              a partner node did not answer                  (HTTP 503)
├── SourceError           a source did not give what it should           (HTTP 502)
│   ├── SourceUnreachable
│   ├── SourceRefused
│   ├── SourceChanged
│   └── UnreadableFile
├── ConfigurationError    a city pack or a setting is wrong: file, line, key
│   └── MappingError
├── ModelError            a model is not, or does not, what it declares
│   ├── InvalidGraph
│   └── RunFailed
├── RunCancelled          the run was dismissed while it ran
└── StoreError            the data folder or its engine                  (HTTP 503)
    ├── EngineMismatch
    └── LoadInProgress

A message says what was wrong, where (dataset, row, field), and what to do. ``part`` names the
parameter, field or key at fault; ``advice`` is what to do, as a sentence of its own.
"""

from __future__ import annotations

__all__ = [
    "Abandoned",
    "BadRequest",
    "ConfigurationError",
    "Conflict",
    "EngineMismatch",
    "InterurbanError",
    "InvalidFilter",
    "InvalidGraph",
    "InvalidInput",
    "InvalidPlace",
    "InvalidTime",
    "LoadInProgress",
    "MappingError",
    "ModelError",
    "NotFound",
    "PeerDown",
    "Refused",
    "RunCancelled",
    "RunFailed",
    "SignInNeeded",
    "SourceChanged",
    "SourceError",
    "SourceRefused",
    "SourceUnreachable",
    "StoreError",
    "TooMuch",
    "TooOften",
    "UnknownAccount",
    "UnknownCity",
    "UnknownDataset",
    "UnknownFeature",
    "UnknownField",
    "UnknownModel",
    "UnknownRun",
    "UnknownSnapshot",
    "UnknownStandard",
    "UnreadableFile",
]


class InterurbanError(Exception):
    """The root: everything this package raises on purpose.

    Parameters
    ----------
    what: one sentence, what was wrong and where.
    advice: one sentence, what to do about it.
    part: the parameter, field or key at fault, when there is one.
    """

    def __init__(self, what: str, *, advice: str = "", part: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.part = part

    def __str__(self) -> str:
        return f"{self.what} {self.advice}".strip()


class BadRequest(InterurbanError):
    """The question cannot be asked this way."""


class UnknownField(BadRequest):
    """A field that the dataset does not have."""


class InvalidFilter(BadRequest):
    """A filter that cannot be read."""


class InvalidPlace(BadRequest):
    """A bounding box, point, distance or area that cannot be."""


class InvalidTime(BadRequest):
    """A time or an interval that cannot be read."""


class InvalidInput(BadRequest):
    """A table or a parameter that a model can't take."""


class SignInNeeded(InterurbanError):
    """Who asks is not known, or not any more."""


class Refused(InterurbanError):
    """Policy says no; the message is the reason in plain words."""


class NotFound(InterurbanError):
    """There is no such thing here."""


class UnknownCity(NotFound):
    """No pack of this node describes that city."""


class UnknownDataset(NotFound):
    """No dataset of that id is described or loaded."""


class UnknownStandard(NotFound):
    """No standard of that name and version."""


class UnknownSnapshot(NotFound):
    """That version is not kept, or never was."""


class UnknownFeature(NotFound):
    """No feature of that id in the snapshot."""


class UnknownModel(NotFound):
    """No app brings a model of that id."""


class UnknownRun(NotFound):
    """No run of that id, or it was deleted."""


class UnknownAccount(NotFound):
    """No account, organisation, group or token of that id."""


class Conflict(InterurbanError):
    """What is asked does not fit how things stand by now."""


class TooMuch(InterurbanError):
    """Over a limit that protects the node."""


class TooOften(InterurbanError):
    """Asked again too soon.

    Parameters
    ----------
    wait_s: seconds until it may be asked again.
    """

    def __init__(
        self, what: str, *, wait_s: float, advice: str = "", part: str | None = None
    ) -> None:
        super().__init__(what, advice=advice, part=part)
        self.wait_s = wait_s


class Abandoned(InterurbanError):
    """Who asked has left, so the answer was not worked out."""


class PeerDown(InterurbanError):
    """A partner node did not answer, or not as a node does.

    Parameters
    ----------
    peer: its id here.
    """

    def __init__(self, what: str, *, peer: str, advice: str = "", part: str | None = None) -> None:
        super().__init__(what, advice=advice, part=part)
        self.peer = peer


class SourceError(InterurbanError):
    """A source did not give what it should."""


class SourceUnreachable(SourceError):
    """No answer after every retry."""


class SourceRefused(SourceError):
    """The portal answered, and the answer was no."""


class SourceChanged(SourceError):
    """The source changed while it was read, or lost columns the mapping needs."""


class UnreadableFile(SourceError):
    """A file that is not what it says, or that no reader here understands."""


_PACK_DEPTH = 3
"""Of ``packs/springfield/apps/schools.yaml`` the pack's own part."""


class ConfigurationError(InterurbanError):
    """A city pack or a setting is wrong.

    Parameters
    ----------
    file: the file's path as the person knows it.
    line: 1-based line in the file, when it is known.
    part: the key, dotted (``mapping.occurred_at``).
    """

    def __init__(
        self,
        what: str,
        *,
        advice: str = "",
        part: str | None = None,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(what, advice=advice, part=part)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        return self._at(self.file or "")

    @property
    def within_pack(self) -> str:
        """The same without the folders above the pack, for people who don't run the node."""
        return self._at("/".join((self.file or "").replace("\\", "/").split("/")[-_PACK_DEPTH:]))

    def _at(self, file: str) -> str:
        place = file
        if self.line is not None:
            place += f", line {self.line}"
        if self.part:
            place += f", key {self.part}"
        place = place.removeprefix(", ")
        return f"{place}: {super().__str__()}" if place else super().__str__()


class MappingError(ConfigurationError):
    """An expression of a mapping that may not stand there."""


class ModelError(InterurbanError):
    """A model is not, or does not, what it declares."""


class InvalidGraph(ModelError):
    """Models that can't be joined as they are."""


class RunFailed(ModelError):
    """A model broke off, or gave what it does not declare."""


class RunCancelled(InterurbanError):
    """The run was dismissed while it ran."""


class StoreError(InterurbanError):
    """The data folder or its engine."""


class EngineMismatch(StoreError):
    """The pinned set of DuckDB and its extensions is not what is installed."""


class LoadInProgress(StoreError):
    """Another process is loading the same dataset."""
