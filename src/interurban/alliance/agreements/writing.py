"""Terms as they are written: canonical JSON, which is hashed and signed, and YAML for people."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import yaml

from interurban.core.alliance import Assessment, Terms
from interurban.policy.audit import canonical
from interurban.policy.rights.writing import duty_as_written, obligation_as_written

__all__ = [
    "ASSESSMENT",
    "AS_WRITTEN",
    "SIDES",
    "as_yaml",
    "assessment_document",
    "canonical_terms",
    "document_of",
    "mapping_of",
    "terms_hash",
    "to_yaml",
]

AS_WRITTEN = {"starts": "from", "ends": "until", "obligations": "with"}
"""What people call the members whose name in YAML is that of a policy's key."""

ASSESSMENT = ("description", "necessity", "risks", "measures", "residual", "by", "at")
SIDES = ("provider", "consumer")


def document_of(terms: Terms) -> dict[str, Any]:
    """The terms with every member, as JSON has them: what is hashed and signed."""
    return {
        "title": terms.title,
        "datasets": list(terms.datasets),
        "actions": list(terms.actions),
        "purpose": terms.purpose,
        "why": terms.why,
        "legal_basis": terms.legal_basis,
        "law": terms.law,
        "starts": terms.starts.isoformat(),
        "ends": terms.ends.isoformat(),
        "personal_data": terms.personal_data,
        "obligations": [dict(obligation_as_written(each)) for each in terms.obligations],
        "duties": [duty_as_written(each) for each in terms.duties],
        "readers": list(terms.readers),
        "keep_days": terms.keep_days,
        "remind_days": terms.remind_days,
        "contacts": list(terms.contacts),
        "assessment": None if terms.assessment is None else assessment_document(terms.assessment),
    }


def assessment_document(assessment: Assessment) -> dict[str, Any]:
    """An impact assessment as JSON has it."""
    found = {name: getattr(assessment, name) for name in ASSESSMENT}
    return {**found, "at": assessment.at.isoformat()}


def canonical_terms(terms: Terms) -> str:
    """The one text that stands for the terms."""
    return canonical(document_of(terms))


def terms_hash(terms: Terms) -> str:
    """SHA-256 of the canonical terms, hex."""
    return sha256(canonical_terms(terms).encode()).hexdigest()


def to_yaml(terms: Terms) -> str:
    """The terms as the text of a file, which reads as the same terms."""
    written = mapping_of(terms)
    assessment = written.pop("assessment", None)
    text = as_yaml(written, in_line=True)
    return text if assessment is None else text + as_yaml({"assessment": assessment})


def as_yaml(written: Mapping[str, Any], *, in_line: bool = False) -> str:
    """Plain values as YAML for people; ``in_line``: lists and sections of texts on one line."""
    return yaml.safe_dump(
        dict(written),
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None if in_line else False,
    )


def mapping_of(terms: Terms) -> dict[str, Any]:
    """The terms under the keys that people write; what is not said is left away."""
    contacts = {side: who for side, who in zip(SIDES, terms.contacts, strict=True) if who}
    written = {AS_WRITTEN.get(name, name): value for name, value in document_of(terms).items()}
    written |= {"contacts": contacts}
    always = {"personal_data", "remind_days"}
    return {
        key: value
        for key, value in written.items()
        if key in always or value not in (None, [], {}, "")
    }
