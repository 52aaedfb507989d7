"""Two nodes in the page: how Chicago gets counts of a closed dataset of London, and loses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from interurban.accounts import Accounts
from interurban.alliance.peers import grouped

from .conftest import Open, interurban, served
from .screen import Screen
from .two_nodes import BY, GOOD, Served, Two, fingerprint_of, peers_of, state_of, step, until

pytestmark = pytest.mark.browser

CRIMES = "london.crimes_city_of_london"
PURPOSE = "dpv:ImprovePublicServices"
CLOSED = """policy:
  rules:
    - permit: [use]
      to: [account:priya]
      because: Only London's own analysts work with single reports.
"""
TERMS = {
    "title": "The river, for flood maps",
    "datasets": ["london.river_thames"],
    "actions": ["aggregate", "read"],
    "purpose": PURPOSE,
    "why": "To draw one map of the rivers of both cities",
    "legal_basis": "dpv:PublicInterest",
    "law": "Municipal Code of Chicago, section 2-36",
    "starts": "2026-01-01T00:00:00Z",
    "ends": "2030-01-01T00:00:00Z",
    "duties": [{"attribute": "Greater London Authority"}],
    "contacts": ["data@london.example", "data@chicago.example"],
}
WHY = "To learn which kinds of crime London counts, and how."
AXE = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
_UNDER_WAY = 40
"""Tiles, tables and counts that a map and its panel may ask for at once."""
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}


OpenAs = Callable[..., Screen]


@pytest.fixture(scope="module")
def two(
    shared_data: Path, built_app: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Two]:
    """Both nodes, served; London has closed its reports of crimes."""
    chicago, london = tmp_path_factory.mktemp("chicago"), tmp_path_factory.mktemp("london")
    log = tmp_path_factory.mktemp("log")
    interurban(chicago, "load", "chicago.l_lines", "--mirror", str(shared_data))
    interurban(london, "load", CRIMES, "london.river_thames", "--mirror", str(shared_data))
    (london / "closed.yaml").write_text(CLOSED)
    interurban(london, "policy", "set", CRIMES, str(london / "closed.yaml"))
    with Accounts(chicago) as people:
        people.register.add(
            "ada", name="Ada Okoro", e_mail="ada@chicago.example", password=GOOD,
            administrator=True,
        )  # fmt: skip
        people.register.add(
            "grace", name="Grace Lee", e_mail="grace@chicago.example", password=GOOD,
            purposes=[PURPOSE],
        )  # fmt: skip
    with Accounts(london) as people:
        people.register.add(
            "priya", name="Priya Shah", e_mail="priya@london.example", password=GOOD,
            administrator=True,
        )  # fmt: skip
    with ExitStack() as open_, ExitStack() as open_london:
        one = open_.enter_context(served(chicago, log / "chicago.log"))
        other = open_london.enter_context(served(london, log / "london.log"))
        yield Two(Served(one), Served(other), open_london.close)


@pytest.fixture(scope="module")
def paired(two: Two) -> Two:
    """Both nodes, paired: by the test of that, or now."""
    if not peers_of(two.chicago):
        ada, priya = two.chicago.as_("ada"), two.london.as_("priya")
        asked = {"url": two.london.url, "fingerprint": fingerprint_of(two.london)}
        done = ada.post("/api/alliance/peers", json=asked)
        assert done.status_code == 201, done.text
        [peer] = peers_of(two.london)
        done = priya.post(f"/api/alliance/peers/{peer['id']}", json={"do": "accept"})
        assert done.status_code == 200, done.text
    until(lambda: [each["datasets"] for each in peers_of(two.chicago)] == [2])
    return two


@pytest.fixture
def at_chicago(open_screen: Open, two: Two) -> OpenAs:
    """Open Chicago's page; somebody may be signed in."""
    return opener(open_screen, two.chicago)


@pytest.fixture
def at_london(open_screen: Open, two: Two) -> OpenAs:
    """Open London's page; somebody may be signed in."""
    return opener(open_screen, two.london)


def opener(open_screen: Open, node: Served) -> OpenAs:
    def opened(path: str, name: str | None = None, **options: object) -> Screen:
        if name is not None:
            options["storage_state"] = node.storage_of(name)
        return open_screen(path, base=node.url, **options)

    return opened


def main_text(screen: Screen) -> str:
    """What the page says."""
    text: str = screen.page.locator("main").inner_text()
    return text


def waits_for(screen: Screen, words: str) -> None:
    """Wait until the page says something; what the other node does comes by itself."""
    screen.page.locator("main").get_by_text(words).first.wait_for()


def takes_step(screen: Screen, button: str, confirm: str, **fields: str) -> None:
    """Take a step of an agreement, after what it means was read."""
    page = screen.page
    page.get_by_role("button", name=button, exact=True).click()
    form = page.locator("form.confirm")
    form.wait_for()
    for label, value in fields.items():
        form.get_by_label(re.compile(f"^{label.replace('_', ' ')}")).fill(value)
    form.get_by_role("button", name=confirm, exact=True).click()
    form.wait_for(state="detached")


def test_two_nodes_are_paired_when_both_have_compared_fingerprints(
    at_chicago: OpenAs, at_london: OpenAs, two: Two
) -> None:
    ada = at_chicago("/alliance", "ada")
    assert "Paired with no other node yet." in main_text(ada)
    ada.page.get_by_role("button", name="Add a partner").click()
    form = ada.page.locator("form.confirm")
    form.get_by_label("Address of their node").fill(two.london.url)
    fingerprint = form.get_by_role("textbox", name="Fingerprint, as they read it out")
    fingerprint.fill("0123 4567")
    form.get_by_role("button", name="Ask to be paired").click()
    assert "these are 8" in form.get_by_role("alert").inner_text()
    fingerprint.fill(grouped(fingerprint_of(two.london)))
    form.get_by_role("button", name="Ask to be paired").click()
    form.wait_for(state="detached")
    waits_for(ada, "They were asked.")

    priya = at_london("/alliance", "priya")
    waits_for(priya, "They ask to be paired: compare the fingerprint by telephone.")
    priya.page.get_by_role("button", name="Compare and accept").click()
    form = priya.page.locator("form.confirm")
    heard = form.get_by_label("What they read out")
    heard.fill(grouped(fingerprint_of(two.london)))  # not Chicago's
    form.get_by_role("button", name="Pair with Chicago").click()
    assert "That is another fingerprint." in form.get_by_role("alert").inner_text()
    heard.fill(grouped(fingerprint_of(two.chicago)))
    form.get_by_role("button", name="Pair with Chicago").click()
    form.wait_for(state="detached")
    for screen, datasets in ((ada, "2 datasets of London"), (priya, "1 dataset of Chicago")):
        waits_for(screen, "Answers now.")
        waits_for(screen, datasets)


def test_chicago_asks_for_counts_of_london_uses_them_and_loses_them(
    at_chicago: OpenAs, at_london: OpenAs, paired: Two
) -> None:
    two = paired
    # Before: residents of both read that nothing is shared, and the catalogue offers to ask.
    for open_at in (at_chicago, at_london):
        assert "Nothing is shared with another city." in main_text(open_at("/sharing"))
    ada = at_chicago(f"/?page=dataset&about={CRIMES}&city=london", "ada")
    assert "Held by London" in main_text(ada)
    assert "Not open to you." in main_text(ada)
    ada.page.get_by_role("link", name="Ask for it").click()

    # Chicago's officer asks; what she forgets is said field by field.
    page = ada.page
    page.get_by_role("heading", name="Ask for data", level=1).wait_for()
    page.get_by_label("Why", exact=True).fill(WHY)
    page.get_by_role("button", name="Ask London").click()
    faults = page.get_by_role("alert")
    assert "Choose the purpose that comes nearest." in faults.inner_text()
    page.get_by_label("Purpose").select_option(value=PURPOSE)
    page.get_by_label("Ground in law").select_option(value="dpv:PublicInterest")
    page.get_by_label("The law and its section").fill("Municipal Code of Chicago, section 2-36")
    page.get_by_label("The data are of people").check()
    page.get_by_label("A condition").select_option(label="Only counts and statistics")
    page.get_by_label("By these fields").fill("category")
    page.get_by_role("button", name="Add this condition").click()
    page.reload()
    ada.settle()  # what was written is kept until it is sent
    assert page.get_by_label("Why", exact=True).input_value().startswith("To learn which")
    page.get_by_label("What to call the agreement").fill("Crimes of the City, counts by kind")
    page.get_by_label("Your office").fill("Chief data officer")
    page.get_by_role("button", name="Ask London").click()
    page.wait_for_url(re.compile("/alliance/agreements/[0-9a-f-]{36}"))
    place = page.url.removeprefix(two.chicago.url)
    waits_for(ada, "London has to make an offer.")

    # London's officer sees it, writes the assessment, and offers the terms.
    priya = at_london("/alliance/agreements", "priya")
    priya.page.get_by_role("link", name="Crimes of the City, counts by kind").click()
    waits_for(priya, "Your turn: write the impact assessment")
    takes_step(
        priya, "Write the impact assessment", "Save the assessment",
        What_is_done_with_the_data="Reports are counted by kind in London; the counts leave.",
        Why_it_is_needed="Chicago can't learn it from its own reports.",
        What_could_go_wrong="A victim might be known by a rare kind of crime in a street.",
        What_is_done_against_it="No places, no dates; groups of fewer than ten are left out.",
        Your_office="Data protection officer",
    )  # fmt: skip
    waits_for(priya, "Your turn: make an offer.")
    takes_step(priya, "Make an offer", "Send the offer", Your_office="Data protection officer")
    waits_for(priya, "Chicago has to accept the offer")

    # Chicago accepts; then both sign, with their names typed.
    waits_for(ada, "Your turn: accept the offer")
    assert "Only counts and statistics by category, of groups of at least 10 rows." in main_text(
        ada
    )
    takes_step(ada, "Accept the offer", "Accept these terms", Your_office="Chief data officer")
    waits_for(priya, "Your turn: sign.")
    sign = {"Your_name": "Priya Shah", "Your_office": "Data protection officer"}
    takes_step(priya, "Sign for the owner", "Sign", **sign)
    waits_for(ada, "Your turn: sign as well.")
    for open_at in (at_chicago, at_london):
        assert "Nothing is shared with another city." in main_text(open_at("/sharing"))
    sign = {"Your_name": "Ada Okoro", "Your_office": "Chief data officer"}
    takes_step(ada, "Sign for the partner", "Sign", **sign)
    for officer in (ada, priya):
        waits_for(officer, "days left, until")
        text = main_text(officer)
        assert "Ada Okoro, Chief data officer" in text
        assert "Priya Shah, Data protection officer" in text

    # Residents of both read what is shared; a copy of the agreement is a file.
    received, given = at_chicago("/sharing"), at_london("/sharing")
    assert "Chicago gets 1 dataset from London." in main_text(received)
    assert "London gives Chicago 1 dataset." in main_text(given)
    for screen in (received, given):
        text = main_text(screen)
        assert WHY in text
        assert "Municipal Code of Chicago, section 2-36." in text
        with screen.page.expect_download() as download:
            screen.page.get_by_role("link", name=re.compile("^PDF")).click()
        assert download.value.path().read_bytes().startswith(b"%PDF")

    # Chicago's analyst asks for that purpose: she gets the count, and no rows.
    asked = {"purpose": PURPOSE}
    until(lambda: two.chicago.as_("grace").patch("/api/me", json=asked).status_code == 200)
    until(lambda: access_of(two.chicago, "grace") == "statistics")
    grace = at_chicago(f"/?city=london&data={CRIMES}", "grace")
    assert grace.total(CRIMES) == 9016
    assert "theft" in grace.tab("Summary").inner_text().lower()
    assert "Held by London" in main_text(grace)
    rows = grace.tab("Table").inner_text()
    assert "Rows are not given, only counts and statistics." in rows
    refused = two.chicago.as_("grace").get(f"/collections/{CRIMES}/items")
    assert refused.status_code == 403
    assert "No rule lets anyone read its rows" in refused.json()["detail"]

    # London ends it, and says why: nothing can be had any more, and residents read that.
    takes_step(
        priya, "End it", "End it now",
        Why_it_ends="The comparison is made.", Your_office="Data protection officer",
    )  # fmt: skip
    waits_for(priya, "It is over. Nothing moves under it any more.")
    until(lambda: access_of(two.chicago, "grace") == "closed")
    waits_for(ada, "The comparison is made.")
    lost = two.chicago.as_("grace").get(f"/collections/{CRIMES}/count")
    assert lost.status_code == 403
    assert re.search("not in force here|London says", lost.json()["detail"])
    after = at_chicago(f"/?page=dataset&about={CRIMES}&city=london", "grace")
    assert "Not open to you." in main_text(after)
    for open_at in (at_chicago, at_london):
        text = main_text(open_at("/sharing"))
        assert "Nothing is shared with another city." in text
        assert "Not shared any more" in text
        assert "Ended: The comparison is made." in text
    assert "Ended" in main_text(at_chicago(place))  # and anybody can still read what it was


def access_of(node: Served, name: str) -> str:
    """How much of the crimes somebody may have."""
    described = node.as_(name).get("/api/datasets?city=london").json()["datasets"]
    [kind] = [each["access"]["kind"] for each in described if each["id"] == CRIMES]
    return str(kind)


# What must hold on every page


@pytest.fixture(scope="module")
def agreements(paired: Two) -> dict[str, str]:
    """Two agreements: one in force, one that waits for Chicago to accept it."""
    ada, priya = paired.chicago.as_("ada"), paired.london.as_("priya")
    made = {}
    for name in ("in-force", "offered"):
        asked = {"peer": "london", "terms": TERMS, "by": BY}
        made[name] = str(ada.post("/api/agreements", json=asked).json()["id"])
        step(priya, made[name], "REQUESTED", "offer")
    step(ada, made["in-force"], "OFFERED", "accept")
    step(priya, made["in-force"], "ACCEPTED", "agree")
    step(ada, made["in-force"], "AGREED", "verify")
    until(lambda: state_of(ada, made["in-force"]) == "FINALIZED")
    until(lambda: state_of(ada, made["offered"]) == "OFFERED")
    return made


PAGES = {
    "sharing": "/sharing",
    "partners": "/alliance",
    "agreements": "/alliance/agreements",
    "agreement-in-force": "/alliance/agreements/{in-force}",
    "agreement-offered": "/alliance/agreements/{offered}",
    "ask": "/alliance/ask?dataset=london.crimes_city_of_london",
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_alliance_is_drawn_fits_and_meets_wcag_aa(
    at_chicago: OpenAs,
    agreements: dict[str, str],
    repository: Path,
    artefacts: Path,
    name: str,
    size: str,
) -> None:
    axe = repository / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("needs axe-core: run `npm ci` in web/")
    width, height = SIZES[size]
    screen = at_chicago(
        PAGES[name].format_map(agreements),
        "ada",
        viewport={"width": width, "height": height},
        has_touch=size == "phone",
        bypass_csp=True,
    )
    page = screen.page
    if name == "agreement-offered":
        page.get_by_role("button", name="Ask for something else").click()
        page.get_by_label("Your office").wait_for()
    page.add_script_tag(path=axe)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=artefacts / f"alliance-{name}-{size}-{theme}.png")
        found = page.evaluate(AXE)
        assert [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_terms_are_accepted_by_keyboard_alone(
    at_chicago: OpenAs, agreements: dict[str, str]
) -> None:
    screen = at_chicago(f"/alliance/agreements/{agreements['offered']}", "ada")
    page = screen.page
    page.get_by_role("button", name="Accept the offer").focus()
    page.keyboard.press("Enter")
    page.locator("form.confirm:focus").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Chief data officer")
    page.keyboard.press("Enter")
    waits_for(screen, "London has to sign.")


def test_a_partner_that_does_not_answer_costs_one_sentence_and_nothing_else(
    at_chicago: OpenAs, paired: Two
) -> None:
    two = paired
    looking = at_chicago("/?city=london&data=london.river_thames")
    assert looking.total("london.river_thames") > 0
    looking.accepted = 503
    two.stop_london()
    looking.page.get_by_role("tab", name="Table").click()
    sentence = "which has not answered since"
    waits_for(looking, sentence)
    assert looking.refused

    # Whoever comes later asks nothing of it, and finds everything else as it was.
    until(lambda: not peers_of(two.chicago)[0]["answers"])
    later = at_chicago("/?city=both&data=chicago.l_lines")
    later.accepted = 503
    later.open("/?city=both&data=chicago.l_lines&data=london.river_thames")
    assert later.total("chicago.l_lines") > 0
    later.open("/?city=london&data=london.river_thames")
    assert sentence in main_text(later)
    assert later.page.get_by_role("alert").count() == 0
    later.open("/?page=catalogue&city=london")
    assert "Held by London, which has not answered since" in main_text(later)
    assert "Has not answered since" in main_text(later.open("/alliance"))
    # What was under way when it fell silent comes back as that, now or later, and is no storm.
    assert len(looking.refused) <= _UNDER_WAY, looking.refused
    assert len(later.refused) <= _UNDER_WAY, later.refused
