"""Licences joined: what a merged set lets people do, asks of them, and has to say."""

from __future__ import annotations

from itertools import permutations

import pytest

from interurban.catalog.packs import load_packs
from interurban.core.city import NOT_STATED, Licence
from interurban.policy.rights.licence_terms import terms_of
from interurban.policy.rights.licences import Credit, attribution_text, joint_terms

PACKS = {licence.id: licence for city in load_packs().cities.values() for licence in city.licences}
OGL, ODBL, CC0, CITY = (PACKS[name] for name in ("ogl-3", "odbl", "cc0", "city-of-chicago"))
BY = Licence("by", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/deed.en", "A. Author")
BY_SA = Licence("sa", "CC BY-SA 4.0", "http://creativecommons.org/licenses/by-sa/4.0/", "S. Author")


def test_the_licences_of_the_packs_are_known_or_said_not_to_be() -> None:
    unknown = {name for name, licence in PACKS.items() if terms_of(licence) is None}
    assert unknown == {"cmap", "public-record", NOT_STATED.id}


def test_of_two_cities_both_duties_hold_and_what_both_permit() -> None:
    terms = joint_terms([OGL, CITY])
    assert terms.permissions == ("reproduce", "distribute", "derive", "commercialize")
    assert terms.duties == ("attribute", "link", "stateChanges", "showDisclaimer")
    assert terms.prohibitions == ("implyEndorsement", "mislead", "useLogos")
    assert terms.release_under is None
    assert terms.can_be_shared
    assert terms.in_words() == (
        "You may copy it, pass it on, change it and build on it and use it to earn money.",
        (
            "You have to name the source, name and link the licence, say that it was changed and "
            "show the publisher's disclaimer."
        ),
        (
            "You must not suggest that the publisher stands behind it, mislead others about it or "
            "use the publisher's logos."
        ),
        "The City of Chicago's terms of use can be taken back by the publisher.",
    )


def test_a_share_alike_licence_wants_the_merged_set() -> None:
    terms = joint_terms([OGL, ODBL])
    assert terms.release_under == "ODbL 1.0"
    assert "What you make of it has to be under ODbL 1.0." in terms.in_words()
    assert terms.can_be_shared


def test_two_share_alike_licences_clash() -> None:
    terms = joint_terms([ODBL, BY_SA])
    assert not terms.can_be_shared
    assert terms.release_under is None
    assert "each want what is made of them for themselves" in terms.clashes[0]
    assert "Keep the tables apart" in terms.clashes[0]


def test_an_unknown_licence_permits_nothing() -> None:
    terms = joint_terms([OGL, NOT_STATED])
    assert terms.permissions == ()
    assert not terms.can_be_shared
    assert '"Not stated"' in terms.clashes[0]


@pytest.mark.parametrize("other", [BY, CITY], ids=["technical locks", "a disclaimer"])
def test_what_sits_badly_beside_odbl_is_a_caution(other: Licence) -> None:
    terms = joint_terms([ODBL, other])
    assert terms.can_be_shared
    assert any("Keep the tables apart" in each for each in terms.cautions)


def test_nothing_is_merged_from_nothing() -> None:
    assert joint_terms([]).permissions == ()


def test_joining_does_not_depend_on_order_or_repeats() -> None:
    expected = joint_terms([OGL, ODBL, CC0, CITY])
    for order in permutations([OGL, ODBL, CC0, CITY]):
        found = joint_terms([*order, order[0]])
        assert found.permissions == expected.permissions
        assert found.duties == expected.duties
        assert found.prohibitions == expected.prohibitions
        assert set(found.cautions) == set(expected.cautions)
        assert found.release_under == expected.release_under


def test_adding_a_licence_never_permits_more_or_asks_less() -> None:
    some = [OGL, ODBL, CC0, CITY, BY, BY_SA, NOT_STATED]
    for one, other in permutations(some, 2):
        alone, together = joint_terms([one]), joint_terms([one, other])
        assert set(together.permissions) <= set(alone.permissions)
        assert set(together.duties) >= set(alone.duties)
        assert set(together.prohibitions) >= set(alone.prohibitions)


def test_the_attribution_names_every_source_once() -> None:
    trees = Credit("Trees", "Greater London Authority.", OGL)
    roads = Credit("Roads", "© OpenStreetMap contributors", ODBL)
    assert attribution_text([trees, roads, trees]) == (
        "Made from these sources, merged and changed:\n"
        "Trees: Greater London Authority. Contains public sector information licensed under the "
        "Open Government Licence v3.0 (Open Government Licence v3.0, "
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/).\n"
        "Roads: © OpenStreetMap contributors "
        f"({ODBL.title}, https://opendatacommons.org/licenses/odbl/1-0/)."
    )
