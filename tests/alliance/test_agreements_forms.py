"""One agreement in several forms: ODRL decides as the rule does, and copies can be checked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pypdfium2
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interurban.alliance.agreements.copies import check_copy, to_yaml
from interurban.alliance.agreements.documents import agreement_document
from interurban.alliance.agreements.odrl import rule_of, to_json_ld
from interurban.alliance.agreements.pdf import Names, to_pdf
from interurban.alliance.agreements.register import View
from interurban.alliance.agreements.rules import rule_at_provider
from interurban.alliance.agreements.writing import terms_hash
from interurban.catalog.node import Node
from interurban.core.alliance import Agreement, Peer, Terms
from interurban.core.errors import BadRequest, ConfigurationError
from interurban.core.policy import ACTIONS, Duty, Policy, Reader
from interurban.policy.audit import fingerprint
from interurban.policy.rights.evaluate import decide
from interurban.policy.rights.odrl import Outcome, evaluate, outcome, read_json_ld
from interurban.policy.rights.odrl_asking import request_of, world_of
from interurban.policy.rights.odrl_policies import policy_of_graph
from interurban.policy.rights.purposes import purposes

from .sides import ANN, ASSESSED, END, Pair, terms, two_sides
from .test_agreements_terms import any_terms

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # in rdflib

PROVIDER, CONSUMER = bytes(range(32)), bytes(range(32, 64))
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def view_of(asked: Terms) -> View:
    """An agreement as the provider sees it."""
    found = Agreement(
        "6a1f0c9e-5a63-4c1e-9f0a-3d8f1c2b4e5d", "london", "provider", "FINALIZED", 2, asked,
        terms_hash(asked), NOW, NOW,
    )  # fmt: skip
    partner = Peer(
        "london", "London", "http://london.example", CONSUMER, fingerprint(CONSUMER), "paired", NOW
    )
    return View(found, partner, ())


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("two")
    with Node(folder / "node") as node:
        pair = two_sides(folder, node)
        asked = terms(personal_data=True, assessment=ASSESSED, keep_days=30)
        pair.to("FINALIZED", asked)
        pair.to("AGREED")
        return pair


# ODRL


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_terms)
def test_the_rule_comes_back_from_odrl(asked: Terms) -> None:
    view = view_of(asked)
    graph = read_json_ld(json.dumps(to_json_ld(view, PROVIDER)))
    for dataset in asked.datasets:
        found = policy_of_graph(graph, dataset, asked.datasets)
        assert found.rules == (rule_of(view, PROVIDER),)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_terms, st.data())
def test_odrl_decides_as_the_rule_that_is_enforced(asked: Terms, data: st.DataObject) -> None:
    """Whoever asks, for whatever, at any time near the edges, about any dataset."""
    view = view_of(asked)
    graph = read_json_ld(json.dumps(to_json_ld(view, PROVIDER)))
    enforced = Policy((rule_at_provider(view.agreement),))
    partner = f"peer:{fingerprint(CONSUMER)}"
    second = timedelta(seconds=1)
    near = [term.term for term in purposes().values() if asked.purpose in term.broader]
    for _ in range(8):
        who = data.draw(st.sampled_from([partner, partner, f"peer:{'0' * 40}", "ann", None]))
        what_for = data.draw(
            st.sampled_from(
                [asked.purpose, *near, *purposes()[asked.purpose].broader, "dpv:Marketing"]
                + ["public"] * (who is None)
            )
        )
        at = data.draw(
            st.sampled_from([asked.starts - second, asked.starts, asked.ends - second, asked.ends])
        )
        dataset = data.draw(st.sampled_from([*asked.datasets, "chicago.libraries"]))
        action = data.draw(st.sampled_from(ACTIONS))
        reader = Reader(account=who, purpose=what_for)
        (report,) = evaluate(graph, request_of(dataset, reader, action), world_of(reader, at))
        by_rule = (
            dataset in asked.datasets
            and decide(
                enforced,
                replace(reader, account="peer:london" if who == partner else who),
                action,
                at,
            ).permitted
        )
        assert (outcome(report, graph) == Outcome.permitted) == by_rule


def test_both_nodes_publish_the_same_odrl(pair: Pair) -> None:
    made = next(each for each in pair.london.agreements.views() if each.was_in_force)
    ours, theirs = (
        to_json_ld(side.agreements.view(made.agreement.id), side.agreements.public)
        for side in (pair.chicago, pair.london)
    )
    assert ours == theirs
    assert ours["@type"] == "Agreement"
    assert ours["assigner"]["@id"].endswith(pair.chicago.key.fingerprint)
    assert ours["assignee"][0]["@id"].endswith(pair.london.key.fingerprint)
    assert ours["iu:termsHash"] == made.agreement.terms_hash


# Copies


def copies(view: View) -> list[str]:
    """An agreement as JSON and as YAML."""
    return [json.dumps(agreement_document(view, NOW, acts=False)), to_yaml(view)]


def test_a_copy_is_checked_without_any_node(pair: Pair) -> None:
    for side in (pair.chicago, pair.london):
        (view,) = [each for each in side.agreements.views() if each.was_in_force]
        for text in copies(view):
            found = check_copy(text, "copy")
            assert found.is_right
            assert found.terms == view.agreement.terms
            assert found.signed["provider"].name == "Ann Avery"
            assert found.signed["consumer"].office == "Head of the London Datastore"
            assert found.signed["consumer"].provider == pair.chicago.key.fingerprint


def test_a_copy_that_only_one_side_signed_says_so(pair: Pair) -> None:
    (view,) = [each for each in pair.london.agreements.views() if not each.was_in_force]
    for text in copies(view):
        found = check_copy(text, "copy")
        assert not found.is_right
        assert found.wrong == ("The consumer has not signed.",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda copy: copy["terms"].update(why="For money."), "their hash is another"),
        (lambda copy: copy["terms"].update(assessment=None), "their hash is another"),
        (lambda copy: copy.update(terms_hash="0" * 64), "their hash is another"),
        (lambda copy: copy.update(id="another"), "under something else"),
        (lambda copy: copy.update(version=3), "under something else"),
        (
            lambda copy: copy["signatures"].update(consumer=dict(copy["signatures"]["provider"])),
            "under something else: its role",
        ),
        (lambda copy: copy["signatures"]["provider"].update(signature="00" * 64), "not one under"),
        (
            lambda copy: copy["signatures"]["provider"].update(
                public_key=copy["signatures"]["consumer"]["public_key"]
            ),
            "not one under|of the key",
        ),
        (lambda copy: copy["signatures"].update(provider="signed"), "no signature"),
    ],
)
def test_a_copy_that_was_changed_is_told(pair: Pair, change: Any, said: str) -> None:
    (view,) = [each for each in pair.chicago.agreements.views() if each.was_in_force]
    for text in copies(view):
        copy = yaml.safe_load(text)
        change(copy)
        found = check_copy(yaml.safe_dump(copy), "copy")
        assert not found.is_right
        assert any(part in " ".join(found.wrong) for part in said.split("|"))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "x", "terms: 1", '{"terms": {}}', "a: [", "{" * 1000, "a" * 1_000_001],
)
def test_what_is_no_copy_is_told(text: str) -> None:
    with pytest.raises((BadRequest, ConfigurationError)):
        check_copy(text, "copy")


def test_a_copy_with_aliases_of_aliases_is_refused() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for one, two in pairwise("abcdefghij"):
        lines.append(f"{two}: &{two} [{', '.join([f'*{one}'] * 9)}]")
    with pytest.raises(ConfigurationError, match="no aliases"):
        check_copy("\n".join(lines), "copy")


# PDF


def text_of(pdf: bytes) -> str:
    """What a reader of the PDF can copy, as one line."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = []
        for page in document:
            words = page.get_textpage()
            pages.append(words.get_text_bounded())
            words.close()
            page.close()
        return " ".join(" ".join(pages).split())
    finally:
        document.close()


NAMES = Names("Chicago", lambda dataset: f"Title of {dataset}")


def test_the_pdf_has_terms_signatures_and_how_to_check_them(pair: Pair) -> None:
    (view,) = [each for each in pair.chicago.agreements.views() if each.was_in_force]
    text = text_of(to_pdf(view, pair.chicago.agreements.public, NOW, NAMES))
    plain = text.replace(" ", "")
    for said in (
        "Agreement between Chicago and London",
        "Title of chicago.food_inspections",
        "Read its rows and ask for counts and statistics.",
        "Copies may be kept for 30 days.",
        "A task in the public interest (dpv:PublicInterest)",
        "A sole trader could be recognised.",
        "Ann Avery, Chief Data Officer of Chicago",
        "Lee Okafor, Head of the London Datastore",
        "interurban agreements verify FILE",
        "Page 1 of 2",
    ):
        assert said in text
    found = view.agreement
    assert found.provider is not None
    assert found.consumer is not None
    for code in (
        found.terms_hash,
        fingerprint(found.provider.public),
        fingerprint(found.consumer.public),
        found.provider.signature.hex(),
    ):
        assert code in plain


def test_letters_of_any_script_do_not_fail() -> None:
    asked = terms(
        title="Łódź, Ψυχή, Київ",
        why="Đà Nẵng, עברית, العربية, हिन्दी, ภาษาไทย, 中文, 🙂 and \u00a0“quotes”",
        duties=(Duty("inform", "漢字"),),
    )
    text = text_of(to_pdf(view_of(asked), PROVIDER, NOW, NAMES))
    assert "Łódź, Ψυχή, Київ" in text
    assert "Đà Nẵng" in text
    assert "[U+4E2D][U+6587]" in text  # told by their numbers, never left out


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_terms)
def test_any_terms_make_a_pdf(asked: Terms) -> None:
    assert to_pdf(view_of(asked), PROVIDER, NOW, NAMES).startswith(b"%PDF-")


def test_long_terms_go_over_pages_with_numbers() -> None:
    asked = terms(why="A long reason. " * 600, law="x" * 9_000)
    text = text_of(to_pdf(view_of(asked), PROVIDER, END, NAMES))
    assert text.count("reason.") == 600
    assert "Page 4 of" in text
    assert "It ran until 1 December 2027 and is over." in text


def test_a_draft_says_who_has_not_signed(pair: Pair) -> None:
    (view,) = [each for each in pair.chicago.agreements.views() if not each.was_in_force]
    text = text_of(to_pdf(view, pair.chicago.agreements.public, NOW, NAMES))
    assert "London: not signed yet" in text
    assert str(ANN) in text
