/** Where a person is among the models and their runs, as a path under `/think` and back. */

export type ThinkScreen = "models" | "model" | "runs" | "run" | "shared" | "compare" | "replicate";

export interface ThinkView {
  screen: ThinkScreen;
  /** The model's id, the run's id, or what a share link names. */
  id: string;
  /** What is chosen on the screen, by short names that a person can read in the address. */
  chosen: Readonly<Record<string, string>>;
}

export const THINK_START: ThinkView = { screen: "models", id: "", chosen: {} };

const ROOT = "/think";

/** Parameters of an address that belong to the whole app, not to a screen. */
const OF_THE_APP: ReadonlySet<string> = new Set(["city", "page"]);

/** `/think/runs/ab12`, and what is chosen there in the order of its names. */
export function thinkPath(view: ThinkView): { path: string; chosen: [string, string][] } {
  const id = encodeURIComponent(view.id);
  const paths: Record<ThinkScreen, string> = {
    models: ROOT,
    model: `${ROOT}/${id}`,
    runs: `${ROOT}/runs`,
    run: `${ROOT}/runs/${id}`,
    shared: `${ROOT}/shared/${id}`,
    compare: `${ROOT}/compare`,
    replicate: `${ROOT}/replicate`,
  };
  const chosen = Object.entries(view.chosen)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { path: paths[view.screen], chosen };
}

/** The view of a path, or `null` when it is none of these. */
export function readThink(path: string, query: URLSearchParams): ThinkView | null {
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return null;
  const [first = "", second = ""] = path.slice(ROOT.length + 1).split("/").map(decode);
  const chosen = Object.fromEntries([...query].filter(([name]) => !OF_THE_APP.has(name)));
  if (first === "") return { screen: "models", id: "", chosen };
  if (first === "compare" || first === "replicate") return { screen: first, id: "", chosen };
  if (first === "runs") return { screen: second === "" ? "runs" : "run", id: second, chosen };
  if (first === "shared" && second !== "") return { screen: "shared", id: second, chosen };
  return { screen: "model", id: first, chosen };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
