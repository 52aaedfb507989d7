/** Which of the cities on this screen is this node's own. */

import type { AllianceState } from "../api/alliance";
import { app } from "../state/app.svelte";

/** The city that no partner told of; empty where there are several, or none. */
export function ownCity({ peers }: AllianceState): string {
  const theirs = new Set(peers.flatMap(({ cities }) => cities));
  const own = app.cities.filter(({ id }) => !theirs.has(id));
  return own.length === 1 ? (own[0]?.id ?? "") : "";
}
