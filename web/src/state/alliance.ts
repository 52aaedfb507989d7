/** Where a person is among the partners and agreements, as a path of its own and back. */

export type AllianceScreen = "sharing" | "partners" | "agreements" | "agreement" | "ask";

export interface AllianceView {
  screen: AllianceScreen;
  /** The agreement's id. */
  id: string;
  /** What is chosen on the screen, by short names that a person can read in the address. */
  chosen: Readonly<Record<string, string>>;
}

export const ALLIANCE_START: AllianceView = { screen: "sharing", id: "", chosen: {} };

const SHARING = "/sharing";
const ROOT = "/alliance";

/** `/alliance/agreements/ab12`. */
export function alliancePath(view: AllianceView): string {
  const paths: Record<AllianceScreen, string> = {
    sharing: SHARING,
    partners: ROOT,
    agreements: `${ROOT}/agreements`,
    agreement: `${ROOT}/agreements/${encodeURIComponent(view.id)}`,
    ask: `${ROOT}/ask`,
  };
  return paths[view.screen];
}

/** The view of a path and of what is chosen behind it, or `null` when it is none of these. */
export function readAlliance(path: string, chosen: Readonly<Record<string, string>>): AllianceView | null {
  if (path === SHARING) return { screen: "sharing", id: "", chosen };
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return null;
  const [first = "", second = ""] = path.slice(ROOT.length + 1).split("/").map(decode);
  if (first === "agreements") return { screen: second === "" ? "agreements" : "agreement", id: second, chosen };
  return { screen: first === "ask" ? "ask" : "partners", id: "", chosen };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
