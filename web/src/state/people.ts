/** Where a person is among the pages about people and what they may: signing in, their own account,
 * and administration. Each is a path of its own, and back. */

export type PeopleScreen =
  | "sign-in"
  | "account"
  | "people"
  | "organisations"
  | "tokens"
  | "policies"
  | "personal-data"
  | "budgets";

export interface PeopleView {
  screen: PeopleScreen;
  /** The account or the dataset that is looked at; empty on a list. */
  id: string;
  /** What is chosen on the screen, by short names that a person can read in the address. */
  chosen: Readonly<Record<string, string>>;
}

export const PEOPLE_START: PeopleView = { screen: "account", id: "", chosen: {} };

const ROOT = "/admin";
const SCREENS: readonly PeopleScreen[] = ["people", "organisations", "tokens", "policies", "personal-data", "budgets"];

/** Whether a screen is for administrators. */
export function isAdministration(screen: PeopleScreen): boolean {
  return SCREENS.includes(screen);
}

/** What a window with the screen is called. */
export function peopleTitle(screen: PeopleScreen): string {
  if (screen === "sign-in") return "Sign in";
  return screen === "account" ? "Your account" : "Administration";
}

/** A screen without anything chosen on it. */
export function at(screen: PeopleScreen, id = ""): PeopleView {
  return { screen, id, chosen: {} };
}

/** `/admin/people/ada`; the list of people is where administration begins. */
export function peoplePath({ screen, id }: PeopleView): string {
  if (!isAdministration(screen)) return `/${screen}`;
  if (id !== "") return `${ROOT}/${screen}/${encodeURIComponent(id)}`;
  return screen === "people" ? ROOT : `${ROOT}/${screen}`;
}

/** The view of a path and of what is chosen behind it, or `null` when it is none of these. */
export function readPeople(path: string, chosen: Readonly<Record<string, string>>): PeopleView | null {
  if (path === "/sign-in" || path === "/account") {
    return { screen: path === "/account" ? "account" : "sign-in", id: "", chosen };
  }
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return null;
  const [first = "", second = ""] = path.slice(ROOT.length + 1).split("/");
  const screen = SCREENS.find((name) => name === first) ?? "people";
  return { screen, id: screen === first ? decode(second) : "", chosen };
}

/** A path of this node to go to after signing in; anything else, however it is written, is its start. */
export function backTo(text: string | undefined): string {
  if (!text?.startsWith("/")) return "/";
  const url = new URL(text, "http://node.invalid");
  const leavesOrReturns = url.origin !== "http://node.invalid" || url.pathname === "/sign-in";
  return leavesOrReturns ? "/" : url.pathname + url.search + url.hash;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
