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

/** `/think/runs/ab12`. */
export function thinkPath(view: ThinkView): string {
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
  return paths[view.screen];
}

/** The view of a path and of what is chosen behind it, or `null` when it is none of these. */
export function readThink(path: string, chosen: Readonly<Record<string, string>>): ThinkView | null {
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return null;
  const [first = "", second = ""] = path.slice(ROOT.length + 1).split("/").map(decode);
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
