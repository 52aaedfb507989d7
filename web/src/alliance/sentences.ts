/** One sentence for each page of the alliance: what a person came to know. */

import type { Agreement, Peer, Shared } from "../api/alliance";
import { listed } from "../think/words";
import { isEnded, turnOf } from "./stages";

/** What is shared, in a sentence: `Chicago gives London 1 dataset, and gets 2 from it.` */
export function sharingSentence(own: string, shared: readonly Shared[]): string {
  if (shared.length === 0) return "Nothing is shared with another city.";
  const partners = [...new Set(shared.map(({ partner }) => partner))];
  const parts = partners.map((partner) => {
    const given = countOf(shared, partner, "given");
    const received = countOf(shared, partner, "received");
    if (given === 0) return `gets ${sets(received)} from ${partner}`;
    return `gives ${partner} ${sets(given)}${received > 0 ? ` and gets ${sets(received)} from it` : ""}`;
  });
  return `${own} ${listed(parts)}.`;
}

function countOf(shared: readonly Shared[], partner: string, direction: Shared["direction"]): number {
  const ids = shared
    .filter((each) => each.partner === partner && each.direction === direction)
    .flatMap(({ datasets }) => datasets.map(({ id }) => id));
  return new Set(ids).size;
}

function sets(count: number): string {
  return count === 1 ? "1 dataset" : `${count} datasets`;
}

/** How the partners are, in a sentence. */
export function partnersSentence(peers: readonly Peer[]): string {
  const paired = peers.filter(({ standing }) => standing === "paired");
  const asks = peers.filter(({ standing }) => standing === "asks");
  const waiting = asks.length > 0 ? ` ${listed(asks.map(({ title }) => title))} ${asks.length === 1 ? "asks" : "ask"} to be paired.` : "";
  if (paired.length === 0) return `Paired with no other node yet.${waiting}`;
  const silent = paired.filter(({ answers }) => !answers);
  const names = listed(paired.map(({ title }) => title));
  const state = silent.length === 0 ? `${paired.length === 1 ? "It answers" : "All answer"} now.` : `${listed(silent.map(({ title }) => title))} ${silent.length === 1 ? "does" : "do"} not answer.`;
  return `Paired with ${names}. ${state}${waiting}`;
}

/** How many agreements are in force and how many wait for this side, in a sentence. */
export function agreementsSentence(agreements: readonly Agreement[], now: Date): string {
  if (agreements.length === 0) return "There is no agreement yet.";
  const force = agreements.filter(({ in_force }) => in_force).length;
  const open = agreements.filter((each) => !isEnded(each, now) && turnOf(each) !== null);
  const mine = open.filter((each) => turnOf(each) === each.role).length;
  const inForce = force === 0 ? "No agreement is in force" : `${force} ${force === 1 ? "agreement is" : "agreements are"} in force`;
  if (open.length === 0) return `${inForce}.`;
  if (open.length === 1) return `${inForce}, 1 is being agreed and waits for ${mine === 1 ? "you" : "the partner"}.`;
  const waits = mine === 0 ? "none waits for you" : mine === 1 ? "1 waits for you" : `${mine} wait for you`;
  return `${inForce}, ${open.length} are being agreed, of which ${waits}.`;
}
