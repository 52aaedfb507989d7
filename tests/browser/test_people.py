"""People in the page: signing in and out, one's own account, and what administrators do."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from interurban.accounts import Accounts
from interurban.catalog.files import look_at
from interurban.catalog.loading import Origin
from interurban.catalog.loads import load, load_file
from interurban.catalog.node import Node
from interurban.catalog.policies import set_policy
from tests.apps.schools.imports.files import (
    BY_AREA,
    GRADES,
    NOTES,
    named,
    old_workbook,
    register,
    workbook,
)

from .conftest import Open, served
from .screen import Screen

pytestmark = pytest.mark.browser

GOOD = "correct-gondola-lattice-7-plum"
LIBRARIES = "/?page=dataset&about=chicago.libraries"
POLICY = """policy:
  rules:
    - permit: [use]
      to: [signed-in]
      because: Open to whoever has an account.
"""
VISITS = """name,e_mail,place,longitude,latitude
Ada Byron,ada.byron@mail.example.com,Loop,-87.63,41.884
Grace Hopper,grace@hopper.org,Loop,-87.64,41.89
Mary Somerville,mary.s@university.edu,Hyde Park,-87.59,41.79
Alan Turing,alan@bletchley.co.uk,Hyde Park,-87.60,41.80
"""
CAMDEN = {"Easting": 528_500, "Northing": 184_500}
AXE = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}
SCREENS = {
    "account": "/account",
    "people": "/admin",
    "add-person": "/admin?add=1",
    "person": "/admin/people/grace",
    "organisations": "/admin/organisations",
    "people-tokens": "/admin/tokens",
    "policies": "/admin/policies",
    "policy": "/admin/policies/chicago.libraries",
    "personal-data": "/admin/personal-data",
    "findings": "/admin/personal-data/chicago.visits",
    "budgets": "/admin/budgets",
    "budget": "/admin/budgets/chicago.libraries",
}

As = Callable[..., Screen]


@pytest.fixture(scope="module")
def peopled_home(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two people, rolls to run a model on, and data that are not for all."""
    home = tmp_path_factory.mktemp("people")
    visits = home / "visits.csv"
    visits.write_text(VISITS)
    with Node(home) as node:
        for dataset in ("chicago.school_rolls", "chicago.libraries"):
            load(node, dataset, Origin(mirror=shared_data))
        load_file(node, look_at(node, visits, "chicago.visits"))
        set_policy(node, "chicago.libraries", POLICY, "policy.yaml")
    with Accounts(home) as people:
        people.register.add_organisation("chicago", "City of Chicago")
        people.register.add_group("planners", "Planners")
        people.register.add(
            "ada", name="Ada Byron", e_mail="ada@city.example", password=GOOD, administrator=True,
            organisation="chicago", purposes=["dpv:PublicBenefit"],
        )  # fmt: skip
        people.register.add("grace", name="Grace", e_mail="grace@city.example", password=GOOD)
        people.tokens.add(people.register.get("grace"), "Night job", ["read"])
    return home


@pytest.fixture(scope="module")
def node(
    peopled_home: Path, built_app: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where that data folder is served."""
    with served(peopled_home, tmp_path_factory.mktemp("log") / "people.log") as url:
        yield url


@pytest.fixture
def open_as(open_screen: Open, node: str) -> As:
    """Open the app in a browser in which somebody is signed in."""

    def opened(name: str, path: str = "/account", **options: object) -> Screen:
        screen = open_screen(f"/sign-in?back={quote(path, safe='')}", base=node, **options)
        sign_in(screen, name)
        screen.page.get_by_role("button", name="your account").wait_for()
        assert screen.page.url == node + path
        return screen.settle()

    return opened


def sign_in(screen: Screen, name: str, password: str = GOOD) -> None:
    """Fill in the page for signing in, and send it."""
    screen.page.get_by_label("Name or e-mail").fill(name)
    screen.page.get_by_label("Password", exact=True).fill(password)
    screen.page.locator("form").get_by_role("button", name="Sign in").click()


def expect(screen: Screen, status: int) -> None:
    """Take refusals of a kind for what they are: no mishap, but what the test is about."""
    meant = (f"{status}: ", f"status of {status} ")
    assert any(meant[0] in each for each in screen.mishaps)
    screen.mishaps[:] = [each for each in screen.mishaps if not any(m in each for m in meant)]


def test_a_wrong_password_is_told_and_the_right_one_leads_back(
    open_screen: Open, node: str
) -> None:
    screen = open_screen(LIBRARIES, base=node)
    page = screen.page
    main = page.get_by_role("main")
    assert "Not open to you" in main.inner_text()
    main.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Sign in").wait_for()
    sign_in(screen, "grace", "not-the-password")
    told = page.get_by_role("alert")
    told.wait_for()
    assert "The name or the password is wrong." in told.inner_text()
    assert page.get_by_label("Password", exact=True).input_value() == ""
    expect(screen, 401)
    sign_in(screen, "Grace@city.example")
    page.wait_for_url(lambda url: url.endswith(LIBRARIES))
    page.get_by_role("button", name="Open in Explore").wait_for()
    assert not [cookie for cookie in page.context.cookies() if not cookie["httpOnly"]]


def test_whoever_guesses_is_told_how_long_to_wait(open_screen: Open, node: str) -> None:
    screen = open_screen("/sign-in", base=node)
    for _ in range(5):
        httpx.post(f"{node}/api/session", json={"name": "nobody", "password": "x"})
    again = screen.page.get_by_role("button", name=re.compile(r"Try again in \d+ s"))
    for _ in range(5):  # the first wait may be over before the page asks; each is twice as long
        sign_in(screen, "nobody", "x")
        screen.settle()
        if again.is_visible():
            break
    assert again.is_disabled()
    assert "too many attempts" in screen.page.get_by_role("alert").inner_text()
    screen.page.locator("form").get_by_role("button", name="Sign in").wait_for()
    expect(screen, 429)
    screen.mishaps[:] = [each for each in screen.mishaps if "401" not in each]


def test_a_token_is_shown_once_and_opens_nothing_when_it_is_revoked(open_as: As, node: str) -> None:
    screen = open_as("ada")
    page = screen.page
    page.get_by_role("button", name="Make a token").click()
    page.get_by_label("What it is for").fill("Notebook")
    page.get_by_label("Download").check()
    page.get_by_role("button", name="Make the token").click()
    secret = page.locator("code", has_text=re.compile(r"^iu_\S{20,}$")).inner_text()
    bearer = {"Authorization": f"Bearer {secret}"}
    me = httpx.get(f"{node}/api/me", headers=bearer).json()
    assert (me["account"]["id"], me["scopes"]) == ("ada", ["read", "aggregate", "export"])
    screen.open("/account")
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke Notebook").click()
    page.get_by_role("button", name="Revoke it").click()
    page.get_by_text("You have no tokens.").wait_for()
    assert httpx.get(f"{node}/api/me", headers=bearer).status_code == 401


def test_a_purpose_is_chosen_for_the_browser(open_as: As) -> None:
    page = open_as("ada", "/").page
    page.get_by_role("button", name="your account").click()
    with page.expect_navigation():
        page.get_by_label("What you ask for").select_option("Public benefit")
    page.get_by_role("button", name="your account").click()
    chooser = page.get_by_label("What you ask for")
    assert chooser.input_value() == "dpv:PublicBenefit"
    assert "City of Chicago" in page.get_by_role("group", name="your account").inner_text()


def test_an_administrator_adds_a_person_and_disables_another(
    open_as: As, open_screen: Open, node: str, peopled_home: Path
) -> None:
    graces = open_as("grace", "/admin")
    assert "your account is not one" in graces.page.get_by_role("main").inner_text()
    graces.open("/?page=catalogue")

    screen = open_as("ada", "/admin")
    page = screen.page
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("Name", exact=True).fill("Mary Somerville")
    page.get_by_label("E-mail").fill("mary@city.example")
    password = page.locator("form code").inner_text()
    page.get_by_role("button", name="Add Mary Somerville").click()
    page.get_by_role("heading", name="Mary Somerville", level=1).wait_for()
    page.get_by_label("Planners").check()
    page.get_by_role("searchbox", name="Add a purpose").fill("public benefit")
    page.get_by_role("searchbox", name="Add a purpose").press("Enter")
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as saved:
        page.get_by_role("button", name="Save the changes").click()
    assert saved.value.ok
    with Accounts(peopled_home) as people:
        mary = people.register.get("mary.somerville")
    assert (mary.groups, mary.purposes) == (("planners",), ("dpv:PublicBenefit",))
    marys = open_screen("/sign-in", base=node)
    sign_in(marys, "mary.somerville", password)
    marys.page.get_by_role("button", name="your account").wait_for()

    screen.open("/admin/people/grace")
    page.get_by_role("button", name="Disable", exact=True).click()
    page.get_by_role("button", name="Disable Grace").click()
    page.get_by_text("Disabled since").wait_for()
    page.get_by_text("There are no tokens.").wait_for()
    graces.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    graces.page.get_by_text("Sign in again to go on here.").wait_for()
    again = graces.page.get_by_role("link", name="Sign in again")
    assert again.get_attribute("href") == "/sign-in?back=/%3Fpage%3Dcatalogue"
    page.get_by_role("button", name="Let them in again").click()
    page.get_by_text("Disabled since").wait_for(state="detached")


def test_a_change_on_the_page_carries_the_word_that_other_pages_lack(
    open_as: As, node: str
) -> None:
    screen = open_as("ada", "/think/runs")
    page = screen.page
    made = page.evaluate(
        """async () => {
          const { csrf } = await (await fetch("/api/me")).json();
          const body = JSON.stringify({ model: "school_rolls", city: "chicago", title: "First" });
          const headers = { "content-type": "application/json", "x-csrf-token": csrf };
          const run = await (await fetch("/api/runs", { method: "POST", headers, body })).json();
          const bare = await fetch(`/api/runs/${run.id}`, { method: "DELETE" });
          return { csrf, run, refused: (await bare.json()).type };
        }"""
    )
    assert made["refused"].endswith("#csrf")
    expect(screen, 403)
    screen.open(f"/think/runs/{made['run']['id']}")
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New title").fill("Second")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Second", level=1).wait_for()
    assert httpx.get(f"{node}/api/runs/{made['run']['id']}").json()["title"] == "Second"
    # Signed in anew in another tab, the session has another word: the page finds it by itself.
    page.evaluate(
        f"""fetch("/api/session", {{ method: "POST",
          headers: {{ "content-type": "application/json", "x-csrf-token": "{made["csrf"]}" }},
          body: JSON.stringify({{ name: "ada", password: "{GOOD}" }}) }})"""
    )
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New title").fill("Third")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Third", level=1).wait_for()
    expect(screen, 403)


def test_an_administrator_checks_a_policy_sets_it_and_sees_what_it_comes_to(
    open_as: As, node: str
) -> None:
    page = open_as("ada", "/admin/policies/chicago.school_rolls").page
    editor = page.get_by_label("Rules as YAML")
    editor.fill(POLICY.replace("[use]", "[reed]"))
    page.get_by_role("button", name="Check it").click()
    page.get_by_role("main").get_by_text("It can’t be set like this.").wait_for()
    page.get_by_role("button", name="line 3").click()
    assert page.evaluate("document.activeElement.selectionStart") == POLICY.index("    - permit")
    # Whoever is signed in may see the rolls, and nobody may take them away.
    editor.fill(POLICY + "    - forbid: [export]\n      to: [signed-in]\n")
    page.get_by_role("button", name="Set this policy").click()
    page.get_by_text("the prohibition wins").wait_for()
    page.get_by_role("button", name="Set it all the same").click()
    page.get_by_text("Set by an administrator of this node").wait_for()
    page.get_by_label("Who").select_option("group:planners")
    page.get_by_text("Permitted.", exact=True).wait_for()
    page.get_by_label("And wants to").select_option("Download all rows")
    page.get_by_text("Refused.", exact=True).wait_for()
    assert httpx.get(f"{node}/collections/chicago.school_rolls/items").status_code == 403


def test_personal_data_stay_closed_until_somebody_answers_for_them(open_as: As, node: str) -> None:
    page = open_as("ada", "/admin/personal-data").page
    page.get_by_text("1 dataset waits for a decision.").wait_for()
    page.get_by_role("main").get_by_role("link", name="Visits").click()
    page.get_by_role("heading", name="E-mail address").wait_for()
    assert "hopper" not in page.get_by_role("main").inner_text()
    rows = f"{node}/collections/chicago.visits/items"
    assert httpx.get(rows).status_code == 403
    sign_off = page.get_by_role("button", name="Sign it off")
    assert sign_off.is_disabled()
    page.get_by_label("Why it may be opened").fill("Visitors agreed to be listed.")
    sign_off.click()
    page.get_by_role("button", name="Take it back and close it").wait_for()
    assert httpx.get(rows).status_code == 200
    page.get_by_role("button", name="Take it back and close it").click()
    sign_off.wait_for()
    assert httpx.get(rows).status_code == 403


def test_a_privacy_budget_is_granted(open_as: As) -> None:
    page = open_as("ada", "/admin/budgets").page
    page.get_by_role("button", name="Grant a budget").click()
    page.get_by_label("Dataset", exact=True).select_option("chicago.libraries")
    page.get_by_label("For", exact=True).select_option("Grace")
    page.get_by_label("In all (rho)").fill("0.2")
    page.get_by_role("button", name="Grant the budget").click()
    page.get_by_text("0.2 of 0.2 left").wait_for()


def drop(screen: Screen, *files: Path) -> None:
    """Drop files onto the place that takes one."""
    given = [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files]
    dropped = screen.page.evaluate_handle(
        """files => {
          const dropped = new DataTransfer();
          for (const [name, text] of files) {
            const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
            dropped.items.add(new File([bytes], name));
          }
          return dropped;
        }""",
        given,
    )
    label = screen.page.get_by_role("region", name="Bring in a file").locator("label")
    label.dispatch_event("dragover", {"dataTransfer": dropped})
    label.dispatch_event("drop", {"dataTransfer": dropped})


def test_an_administrator_brings_the_files_of_planners_in(
    open_screen: Open, open_as: As, node: str, tmp_path: Path
) -> None:
    checks = "/schools/validation"
    anyone = open_screen(checks, base=node).page.get_by_role("region", name="Bring in a file")
    assert "An administrator of this node brings files in. Sign in as one." in anyone.inner_text()
    assert anyone.locator("input").count() == 0

    screen = open_as("ada", checks)
    place = screen.page.get_by_role("region", name="Bring in a file")
    told = place.get_by_role("alert")
    notes, large = tmp_path / "notes.csv", tmp_path / "large.csv"
    notes.write_text("a,b\n1,2\n")
    drop(screen, notes)
    told.get_by_text("notes.csv has none of the layouts that are known here.").wait_for()
    expect(screen, 400)
    drop(screen, notes, notes)
    assert told.all_inner_texts() == ["Those were several files: drop one at a time."]
    with large.open("wb") as file:
        file.truncate(70_000_000)
    place.locator("input").set_input_files(large)
    told.get_by_text("This is more than 67 MB, the most this node takes.").wait_for()
    expect(screen, 413)

    barry = (1, 2160, 609789, "Barry", *[10] * len(GRADES), 10 * len(GRADES))
    header = ["Area", "Unit", "School ID", "School", *GRADES, "Total"]
    rolls = old_workbook(tmp_path / "GENERAL_2018-2019.xls", ("Sheet1", [header, barry]))
    with screen.page.expect_file_chooser() as chooser:
        place.get_by_text("Choose another file").click()
    chooser.value.set_files(rolls)
    place.get_by_text("150 pupils").wait_for()
    assert "are loaded" not in place.inner_text(), "it is only looked at"
    place.get_by_role("button", name="Load it").click()
    place.get_by_text("15 rows are loaded.").wait_for()
    place.get_by_role("link").click()
    page = screen.page.get_by_role("heading", level=1, name="School rolls on the 20th day")
    page.wait_for()

    # Another city's files, looked at alone: the register, and the workbook of flows.
    screen.open(f"{checks}?city=london")
    haverstock = {"URN": 100049, "EstablishmentName": "Haverstock School"} | CAMDEN
    drop(screen, register(tmp_path / "edubasealldata20260601.csv", haverstock))
    place.get_by_text("1 of 1 schools lie in or around London").wait_for()
    flows = ("E01000001", "City of London 001A", 7, "LSOAtoPri_Flow1", 100458, "Foundation", 3)
    sheet = ("LSOAtoPriSchool_LDS_2016", [named(BY_AREA, "Primary"), flows])
    drop(screen, workbook(tmp_path / "flows.xlsx", NOTES, sheet))
    place.get_by_text("Where primary pupils live, 2016").wait_for()


def test_signing_out_leaves_nothing_of_theirs_on_the_page(open_as: As, node: str) -> None:
    screen = open_as("ada", LIBRARIES)
    page = screen.page
    page.get_by_role("button", name="Open in Explore").wait_for()
    page.get_by_role("button", name="your account").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").wait_for()
    assert page.context.cookies() == []
    screen.open(LIBRARIES)
    assert "Not open to you" in page.get_by_role("main").inner_text()


def test_a_node_without_people_says_how_the_first_one_is_added(open_screen: Open) -> None:
    page = open_screen("/sign-in").page
    page.get_by_text("Nobody has an account here yet.").wait_for()
    assert "interurban users add" in page.get_by_role("main").inner_text()


@pytest.mark.parametrize(("size", "theme"), [("desktop", "light"), ("phone", "dark")])
def test_every_page_of_people_fits_and_breaks_no_rule_of_wcag_aa(
    open_screen: Open,
    open_as: As,
    node: str,
    repository: Path,
    artefacts: Path,
    size: str,
    theme: str,
) -> None:
    axe = repository / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("needs axe-core: run `npm ci` in web/")
    width, height = SIZES[size]
    options = {
        "viewport": {"width": width, "height": height},
        "has_touch": size == "phone",
        "color_scheme": theme,
        "bypass_csp": True,
    }
    faults = []

    def look(screen: Screen, name: str) -> None:
        screen.page.screenshot(path=artefacts / f"{name}-{size}-{theme}.png")
        if screen.page.evaluate("typeof axe") == "undefined":
            screen.page.add_script_tag(path=axe)
        for each in screen.page.evaluate(AXE)["violations"]:
            faults.extend(f"{name} {each['id']}: {node['target']}" for node in each["nodes"])
        if screen.page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{name} is too wide")

    look(open_screen("/sign-in", base=node, **options), "sign-in")
    screen = open_as("ada", **options)
    for name, path in SCREENS.items():
        look(screen.open(path), name)
    screen.page.get_by_role("button", name="your account").click()
    look(screen, "account-menu")
    assert faults == []
