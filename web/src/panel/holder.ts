/** What is said of a dataset that a partner's node holds. */

import type { HoldingNode } from "../api/types";
import type { Clock } from "../text/format";
import { lately } from "../text/format";

/** Since when a node has not answered: `has not answered since 12:04`. */
export function silentSince({ seen_at }: HoldingNode, clock: Clock, now = new Date()): string {
  return seen_at === null ? "has not answered yet" : `has not answered since ${lately(seen_at, clock, now)}`;
}

/** Who holds a dataset, and whether its numbers can be had now. */
export function heldSentence(node: HoldingNode, clock: Clock, now = new Date()): string {
  if (node.answers) return `Held by ${node.title}; it answers now.`;
  return `Held by ${node.title}, which ${silentSince(node, clock, now)}: what is told here may be old, and counts are not available.`;
}
