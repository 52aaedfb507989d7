/** Requests about partners, agreements and what is shared: the same door as every other one. */

import { get, send } from "./client";

/** `asked`: we asked, they have not said yes; `asks`: they asked, nobody here has said yes. */
export type Standing = "asked" | "asks" | "paired" | "frozen" | "removed";

/** How much of a log was signed, and when. */
export interface LogHead {
  size: number;
  at: string;
}

export interface Peer {
  id: string;
  title: string;
  url: string;
  fingerprint: string;
  standing: Standing;
  /** Why it is frozen or removed. */
  reason: string;
  seen_at: string | null;
  tried_at: string | null;
  failure: string;
  answers: boolean;
  datasets: number;
  cities: string[];
  feed: number;
  /** The head of their log that we signed, and the head of ours that they signed. */
  witnessed: LogHead | null;
  countersigned: LogHead | null;
}

export interface OwnNode {
  title: string;
  fingerprint: string;
  public_key: string;
  url: string;
}

export interface AllianceState {
  node: OwnNode;
  peers: Peer[];
}

export type PeerAct = "accept" | "freeze" | "resume" | "remove" | "sync";

export type Role = "provider" | "consumer";

export type AgreementState =
  | "REQUESTED"
  | "OFFERED"
  | "ACCEPTED"
  | "AGREED"
  | "VERIFIED"
  | "FINALIZED"
  | "TERMINATED";

export type Action = "read" | "aggregate" | "export" | "derive";

/** One obligation as policies write it: `{ only_aggregates: { by: ["ward"], at_least: 10 } }`. */
export type Obligation = Readonly<Record<string, unknown>>;

/** One duty as policies write it: `{ attribute: "City of Chicago" }`. */
export type Duty = Readonly<Record<string, string>>;

/** What is written of an impact assessment; who made it and when is added by the node. */
export interface AssessmentText {
  description: string;
  necessity: string;
  risks: string;
  measures: string;
  residual: "low" | "medium" | "high";
}

export interface Assessment extends AssessmentText {
  by: string;
  at: string;
}

/** What is asked for or offered. */
export interface NewTerms {
  title: string;
  datasets: string[];
  actions: Action[];
  purpose: string;
  why: string;
  legal_basis: string;
  law: string;
  personal_data: boolean;
  assessment: Assessment | null;
  obligations: Obligation[];
  duties: Duty[];
  readers: string[];
  starts: string;
  ends: string;
  keep_days: number | null;
  remind_days: number;
  contacts: [string, string];
}

export interface Terms extends NewTerms {
  /** The obligations in words. */
  conditions: string[];
}

export interface Signed {
  by: string;
  at: string;
  fingerprint: string;
}

export interface Step {
  number: number;
  state: AgreementState;
  role: Role;
  at: string;
  who: string;
}

export type AgreementAct =
  | "request"
  | "offer"
  | "accept"
  | "assess"
  | "agree"
  | "verify"
  | "terminate";

export interface Agreement {
  id: string;
  peer: { id: string; title: string };
  /** This node's part in it. */
  role: Role;
  state: AgreementState;
  version: number;
  terms: Terms;
  /** The terms in words that complete a sentence: `… may ask for counts and statistics`. */
  in_words: { uses: string; purpose: string; legal_basis: string; readers: string; duties: string[] };
  terms_hash: string;
  created_at: string;
  changed_at: string;
  in_force: boolean;
  expires_in_days: number;
  signatures: Readonly<Record<Role, Signed | null>>;
  reason: string;
  steps: Step[];
  /** What this side can do now. */
  next: { do: AgreementAct; label: string }[];
  /** For administrators: why an impact assessment is needed, and one that is not in the terms yet. */
  assessment_needed?: string;
  assessment_draft?: Assessment | null;
  /** For administrators: whether the partner has not taken the last step, and why it refused it. */
  waits?: boolean;
  failure?: string;
}

/** Who acts, as it stands under what they do. */
export interface Officer {
  name: string;
  office: string;
}

export interface AgreementStep {
  do: AgreementAct;
  by: Officer;
  terms?: NewTerms;
  reason?: string;
  assessment?: AssessmentText;
}

/** One line of what is shared, for residents. */
export interface Shared {
  direction: "given" | "received";
  partner: string;
  datasets: { id: string; title: string }[];
  /** What may be done, under which conditions, by whom; a sentence each. */
  what: string[];
  why: string;
  purpose: string;
  legal_basis: string;
  law: string;
  since: string;
  until: string;
  state: "in force" | "begins later" | "ended";
  agreement: string;
  /** Why it was ended; empty while it lasts, and when it ran out. */
  reason: string;
}

/** A reason of the law why data may be shared, in words that complete `because of …`. */
export interface LegalBasis {
  term: string;
  words: string;
}

export type AgreementForm = "json" | "yaml" | "jsonld" | "pdf";

const part = encodeURIComponent;

export const alliance = {
  state(signal?: AbortSignal): Promise<AllianceState> {
    return get("/api/alliance", signal);
  },

  add(url: string, fingerprint: string): Promise<Peer> {
    return send("POST", "/api/alliance/peers", { json: { url, ...(fingerprint ? { fingerprint } : {}) } });
  },

  /** With `deletes`, news are taken in even if they take away much of what was told. */
  change(peer: string, act: PeerAct, more: { reason?: string; deletes?: true } = {}): Promise<Peer> {
    return send("POST", `/api/alliance/peers/${part(peer)}`, { json: { do: act, ...more } });
  },

  async agreements(signal?: AbortSignal): Promise<Agreement[]> {
    return (await get<{ agreements: Agreement[] }>("/api/agreements", signal)).agreements;
  },

  agreement(id: string, signal?: AbortSignal): Promise<Agreement> {
    return get(`/api/agreements/${part(id)}`, signal);
  },

  ask(peer: string, terms: NewTerms, by: Officer): Promise<Agreement> {
    return send("POST", "/api/agreements", { json: { peer, terms, by } });
  },

  step(id: string, step: AgreementStep): Promise<Agreement> {
    return send("POST", `/api/agreements/${part(id)}`, { json: step });
  },

  async legalBases(signal?: AbortSignal): Promise<LegalBasis[]> {
    return (await get<{ legal_bases: LegalBasis[] }>("/api/legal-bases", signal)).legal_bases;
  },

  async shared(signal?: AbortSignal): Promise<Shared[]> {
    return (await get<{ shared: Shared[] }>("/api/sharing", signal)).shared;
  },
};

/** Path of an agreement in one of its forms. */
export function agreementPath(id: string, form: AgreementForm): string {
  return `/api/agreements/${part(id)}?f=${form}`;
}
