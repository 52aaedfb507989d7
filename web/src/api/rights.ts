/** Requests about what may be done with data: policies, personal data, privacy budgets. */

import { get, queryString, send } from "./client";
import type { Access } from "./types";

export type Action = "read" | "aggregate" | "export" | "derive";

export interface PolicySummary {
  dataset: string;
  title: string;
  city: string;
  access: Access;
  /** Set by an administrator, said by the city pack, or nothing was said. */
  origin: "set" | "pack" | "nothing";
  version: number;
  rules: number;
}

export interface PolicyTerm {
  id: string;
  effect: "permit" | "forbid";
  actions: Action[];
  to: string[];
  purposes: { id: string; label: string }[];
  from: string | null;
  until: string | null;
  because: string;
  words: string;
  conditions: string[];
  duties: { action: string; words: string }[];
}

export interface Policy extends PolicySummary {
  licence: string | null;
  terms: PolicyTerm[];
  /** The policy to the letter; `null` where the reader may not have it. */
  yaml: string | null;
  versions: { version: number; set_at: string }[];
}

export interface PolicyFinding {
  severity: "error" | "warning";
  what: string;
  advice: string;
  where: string;
  line: number | null;
}

export interface PolicyCheck {
  findings: PolicyFinding[];
  can_be_set: boolean;
}

export interface Explanation {
  permitted: boolean;
  reason: string;
  rule: { id: string; words: string } | null;
  conditions: string[];
  duties: { action: string; words: string }[];
}

export type ScanState = "nothing" | "told" | "blocked" | "signed-off" | "failed";

export interface ScanSummary {
  dataset: string;
  title: string;
  version: number;
  state: ScanState;
  reason: string;
  looked_at: number;
  rows: number;
  at: string;
  kinds: string[];
}

export interface ScanFinding {
  fields: string[];
  kind: string;
  values: number;
  looked_at: number;
  confidence: "high" | "medium" | "low";
  examples: string[];
  why: string;
  waiting: boolean;
  signed_off: boolean;
}

export interface Scan extends ScanSummary {
  findings: ScanFinding[];
  sign_offs: { who: string; reason: string; at: string; version: number; findings: number }[];
}

export interface Budget {
  dataset: string;
  unit: string;
  reader: string;
  /** In rho, of zero-concentrated differential privacy. */
  granted: number;
  remaining: number;
  /** What the whole grant comes to as an epsilon. */
  epsilon: number;
}

export interface Spend {
  number: number;
  unit: string;
  reader: string;
  mechanism: string;
  rho: number;
  remaining: number;
  question: string;
  at: string;
}

export interface Ledger {
  budgets: Budget[];
  spends: Spend[];
}

const part = encodeURIComponent;

function yaml(text: string): { body: Blob } {
  return { body: new Blob([text], { type: "application/yaml" }) };
}

export const rights = {
  async policies(signal?: AbortSignal): Promise<PolicySummary[]> {
    return (await get<{ policies: PolicySummary[] }>("/api/policies", signal)).policies;
  },

  /** The policy of a dataset; with a version, as that one had it. */
  policy(dataset: string, version: string, signal?: AbortSignal): Promise<Policy> {
    return get(`/api/policies/${part(dataset)}${version === "" ? "" : queryString([["version", version]])}`, signal);
  },

  checkPolicy(dataset: string, text: string): Promise<PolicyCheck> {
    return send("POST", `/api/policies/${part(dataset)}/check`, yaml(text));
  },

  setPolicy(dataset: string, text: string): Promise<PolicySummary & { findings: PolicyFinding[] }> {
    return send("PUT", `/api/policies/${part(dataset)}`, yaml(text));
  },

  explain(dataset: string, to: string, purpose: string, action: string, signal?: AbortSignal): Promise<Explanation> {
    const asked = queryString([["to", to], ["purpose", purpose], ["action", action]]);
    return get(`/api/policies/${part(dataset)}/explain${asked}`, signal);
  },

  async scans(signal?: AbortSignal): Promise<ScanSummary[]> {
    return (await get<{ datasets: ScanSummary[] }>("/api/personal-data", signal)).datasets;
  },

  scan(dataset: string, signal?: AbortSignal): Promise<Scan> {
    return get(`/api/personal-data/${part(dataset)}`, signal);
  },

  signOff(dataset: string, reason: string): Promise<Scan> {
    return send("POST", `/api/personal-data/${part(dataset)}`, { json: { do: "sign-off", reason } });
  },

  withdraw(dataset: string): Promise<Scan> {
    return send("POST", `/api/personal-data/${part(dataset)}`, { json: { do: "withdraw" } });
  },

  scanAgain(dataset: string): Promise<Scan> {
    return send("POST", `/api/personal-data/${part(dataset)}`, { json: { do: "scan" } });
  },

  async budgets(signal?: AbortSignal): Promise<Budget[]> {
    return (await get<{ budgets: Budget[] }>("/api/privacy/budgets", signal)).budgets;
  },

  ledger(dataset: string, signal?: AbortSignal): Promise<Ledger> {
    return get(`/api/privacy/${part(dataset)}/ledger`, signal);
  },

  grant(dataset: string, reader: string, unit: string, rho: number): Promise<Budget> {
    const named = unit === "" ? {} : { unit };
    return send("POST", `/api/privacy/${part(dataset)}/grant`, { json: { reader, rho, ...named } });
  },
};
