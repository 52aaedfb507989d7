/** What the pages about people say, in plain words. */

import type { Provider, Token, TokenScope } from "../api/people";

/** What a token can be used for, as a person says it. */
export const SCOPES: Readonly<Record<TokenScope, { name: string; detail: string }>> = {
  read: { name: "Read", detail: "rows and maps" },
  aggregate: { name: "Count", detail: "counts and statistics" },
  export: { name: "Download", detail: "all rows as a file" },
  derive: { name: "Model", detail: "models that run on the data" },
  load: { name: "Load", detail: "bring data in; administrators only" },
  admin: { name: "Administrate", detail: "people and policies; administrators only" },
};

export const USUAL_SCOPES: readonly TokenScope[] = ["read", "aggregate", "export", "derive"];
export const OFFICE_SCOPES: readonly TokenScope[] = ["load", "admin"];

/** How long a token may be good for. */
export const LASTS: readonly { days: number; name: string }[] = [
  { days: 7, name: "a week" },
  { days: 30, name: "30 days" },
  { days: 90, name: "90 days" },
  { days: 365, name: "a year" },
];

/** Where a sign-in by a provider begins, if it is to come back to a view of ours. */
export function providerAddress({ href }: Provider, back: string): string {
  return back === "/" ? href : `${href}?back_to=${encodeURIComponent(back)}`;
}

const FAILED: ReadonlyMap<string, string> = new Map(Object.entries({
  refused: "You signed in there, but you have no account here. Ask an administrator of this node to add you.",
  "sign-in-needed": "The sign-in was not finished. Begin it again from here, in this browser.",
  "unknown-account": "Your account here is disabled. Ask an administrator of this node.",
  source: "The sign-in provider can’t be reached right now. Try again in a few minutes.",
  "not-found": "There is no such sign-in provider here any more. Choose one of these.",
}));

/** Why a sign-in by a provider failed; only what the node can have said is repeated on the page. */
export function failedWords(kind: string): string {
  if (kind === "") return "";
  return FAILED.get(kind) ?? "Signing in did not work. Try again, or tell an administrator of this node.";
}

/** How long to wait: `8 s`, `2 min`. */
export function waitWords(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

const DAY_MS = 86_400_000;

/** When a token ends, as it concerns its owner: `in 12 days`, `in less than a day`, `over`. */
export function endsWords({ expires_at }: Pick<Token, "expires_at">, now: number): string {
  const left = new Date(expires_at).getTime() - now;
  if (left <= 0) return "over";
  if (left < DAY_MS) return "in less than a day";
  const days = Math.round(left / DAY_MS);
  return days === 1 ? "in a day" : `in ${days} days`;
}

/** A password that nobody guesses and everybody can read out: five groups of four, 98 bits. */
export function newPassword(): string {
  // No letter looks like a figure, and none like another one.
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const groups = Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => letters[below(letters.length)]).join(""));
  return groups.join("-");
}

/** A random number below a limit, each as likely as the others. */
function below(limit: number): number {
  const most = Math.floor(256 / limit) * limit;
  const byte = new Uint8Array(1);
  do crypto.getRandomValues(byte);
  while ((byte[0] ?? 0) >= most);
  return (byte[0] ?? 0) % limit;
}
