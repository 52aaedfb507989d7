/** How far an agreement has come, what is next, and whose turn it is. */

import type { Agreement, AgreementAct, AgreementState, Role, Step } from "../api/alliance";

export interface Stage {
  state: AgreementState | "OVER";
  name: string;
  /** `done`, where it stands `now`, or still `ahead`. */
  mark: "done" | "now" | "ahead";
  /** When it got there. */
  at: string | null;
}

const ROAD: readonly { state: AgreementState; name: string; by: Role }[] = [
  { state: "REQUESTED", name: "Requested", by: "consumer" },
  { state: "OFFERED", name: "Offered", by: "provider" },
  { state: "ACCEPTED", name: "Accepted", by: "consumer" },
  { state: "AGREED", name: "Signed by owner", by: "provider" },
  { state: "VERIFIED", name: "Signed by partner", by: "consumer" },
  { state: "FINALIZED", name: "In force", by: "provider" },
];

/** What is to be done next, said of whoever has to do it: `make an offer`. */
const ACTS: Readonly<Partial<Record<AgreementState, string>>> = {
  REQUESTED: "make an offer",
  OFFERED: "accept the offer, or ask for something else",
  ACCEPTED: "sign",
  AGREED: "sign as well",
};

/** Whether it is over: ended by somebody, or run out. */
export function isEnded({ state, terms }: Agreement, now: Date): boolean {
  return state === "TERMINATED" || (state === "FINALIZED" && new Date(terms.ends) <= now);
}

/** The way from the request until it is in force, and its end. */
export function stagesOf(agreement: Agreement, now: Date): Stage[] {
  const reached = agreement.steps.filter(({ state }) => state !== "TERMINATED");
  const stands = agreement.state === "TERMINATED" ? (reached.at(-1)?.state ?? "REQUESTED") : agreement.state;
  const place = ROAD.findIndex(({ state }) => state === stands);
  const over = isEnded(agreement, now);
  const stages = ROAD.map(({ state, name }, index): Stage => ({
    state,
    name,
    mark: index < place || (over && index === place) ? "done" : index === place ? "now" : "ahead",
    at: index <= place ? (reached.findLast((step) => step.state === state)?.at ?? null) : null,
  }));
  if (!over) return stages;
  const ran = agreement.state !== "TERMINATED";
  const end = { state: "OVER", name: ran ? "Ran out" : "Ended", mark: "now", at: ran ? agreement.terms.ends : agreement.changed_at } as const;
  return [...stages, end];
}

/** A step that was taken, in words. */
export function stepName({ state }: Step): string {
  return state === "TERMINATED" ? "Ended" : (ROAD.find((each) => each.state === state)?.name ?? state);
}

/** Whose turn it is; nobody's when nothing is left to do. */
export function turnOf({ state }: Agreement): Role | null {
  const next = ROAD[ROAD.findIndex((each) => each.state === state) + 1];
  return state === "TERMINATED" || state === "FINALIZED" ? null : (next?.by ?? null);
}

/** What is next, and who has to do it. */
export function nextSentence(agreement: Agreement, now: Date): string {
  if (isEnded(agreement, now)) return "It is over. Nothing moves under it any more.";
  const turn = turnOf(agreement);
  if (turn === null) {
    return new Date(agreement.terms.starts) > now ? "Signed by both. It begins on its first day." : "In force.";
  }
  const act = ACTS[agreement.state];
  if (act === undefined) return "Signed by both. The owner’s node puts it in force by itself.";
  if (turn === agreement.role && needsAssessment(agreement)) {
    return `Your turn: write the impact assessment, then make an offer. ${agreement.assessment_needed ?? ""}`.trim();
  }
  return turn === agreement.role ? `Your turn: ${act}.` : `${agreement.peer.title} has to ${act}.`;
}

/** Whether this side has to write an impact assessment before it can make an offer. */
export function needsAssessment({ role, state, terms, assessment_needed, assessment_draft }: Agreement): boolean {
  const isDue = role === "provider" && state === "REQUESTED" && Boolean(assessment_needed);
  return isDue && !assessment_draft && terms.assessment === null;
}

export interface ActWords {
  /** On the button that asks for it, and on the one that does it. */
  label: string;
  confirm: string;
  /** What it means, before it is done. */
  means: string;
}

/** What an action means to whoever is about to take it. */
export function actWords(act: AgreementAct, { peer, role }: Agreement): ActWords {
  const them = peer.title;
  switch (act) {
    case "offer":
      return {
        label: "Make an offer",
        confirm: "Send the offer",
        means: `You offer ${them} these terms. Nothing is shared yet: they accept them, and then both sides sign.`,
      };
    case "request":
      return {
        label: "Ask for something else",
        confirm: "Send the request",
        means: `You turn the offer down and ask ${them} for these terms instead. They answer with a new offer.`,
      };
    case "accept":
      return {
        label: "Accept the offer",
        confirm: "Accept these terms",
        means: `You take the terms as ${them} offers them. They can’t be changed after that; both sides then sign them.`,
      };
    case "assess":
      return {
        label: "Write the impact assessment",
        confirm: "Save the assessment",
        means: "The assessment becomes part of the terms. Residents can read it.",
      };
    case "agree":
      return {
        label: "Sign for the owner",
        confirm: "Sign",
        means: `Your node signs the terms with its key, in your name and office. ${them} signs after you; from then on it is in force.`,
      };
    case "verify":
      return {
        label: "Sign for the partner",
        confirm: "Sign",
        means: `Your node checks the signature of ${them}, and signs the same terms with its own key, in your name and office. Then it is in force.`,
      };
    case "terminate":
      return {
        label: "End it",
        confirm: "End it now",
        means:
          role === "provider"
            ? `From now on ${them} gets nothing under it. It can’t be taken back: to share again, a new agreement is needed.`
            : `From now on you can ask ${them} for nothing under it, and have to delete copies as agreed. It can’t be taken back.`,
      };
  }
}
