/** Documents as the node gives them, for tests. */

import type { Agreement, AgreementState, Peer, Shared, Terms } from "../src/api/alliance";

export const TERMS: Terms = {
  title: "Food hygiene, counts by borough",
  datasets: ["london.food_hygiene"],
  actions: ["aggregate"],
  purpose: "dpv:ImprovePublicServices",
  why: "To learn which kitchens to visit first",
  legal_basis: "dpv:PublicInterest",
  law: "Municipal Code of Chicago 2-36",
  personal_data: true,
  assessment: null,
  obligations: [{ only_aggregates: { by: ["borough"], at_least: 10 } }],
  duties: [{ attribute: "Food Standards Agency" }],
  readers: ["group:food-safety"],
  starts: "2026-11-01T00:00:00+00:00",
  ends: "2027-06-01T00:00:00+01:00",
  keep_days: 30,
  remind_days: 30,
  contacts: ["data@london.example", ""],
  conditions: ["Only counts, sums and averages by borough, of groups of at least 10."],
};

const ROAD: readonly AgreementState[] = ["REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED"];

/** An agreement that has come so far. */
export function agreement(state: AgreementState, change: Partial<Agreement> = {}, steps = ROAD.indexOf(state) + 1): Agreement {
  const taken = ROAD.slice(0, steps).map((each, index) => ({
    number: index + 1,
    state: each,
    role: index % 2 === 0 ? ("consumer" as const) : ("provider" as const),
    at: `2026-11-0${index + 1}T10:00:00+00:00`,
    who: "Ada Okoro, Chief data officer",
  }));
  return {
    id: "7d9c",
    peer: { id: "london", title: "London Datastore" },
    role: "consumer",
    state,
    version: 1,
    terms: TERMS,
    in_words: { uses: "ask for counts and statistics", purpose: "improve public services", legal_basis: "a task in the public interest", readers: "the group food-safety", duties: [] },
    terms_hash: "00",
    created_at: "2026-11-01T10:00:00+00:00",
    changed_at: "2026-11-20T10:00:00+00:00",
    in_force: state === "FINALIZED",
    expires_in_days: 190,
    signatures: { provider: null, consumer: null },
    reason: "",
    steps: taken,
    next: [],
    ...change,
  };
}

export function peer(change: Partial<Peer> = {}): Peer {
  return {
    id: "london",
    title: "London Datastore",
    url: "https://data.london.example",
    fingerprint: "b7e1459c02af6d38115e90d47c3aa2f6681d0e5b",
    standing: "paired",
    reason: "",
    seen_at: "2026-11-23T12:04:00+00:00",
    tried_at: "2026-11-23T12:04:00+00:00",
    failure: "",
    answers: true,
    datasets: 4,
    cities: ["london"],
    feed: 12,
    witnessed: null,
    countersigned: null,
    ...change,
  };
}

export function shared(change: Partial<Shared> = {}): Shared {
  return {
    direction: "received",
    partner: "London Datastore",
    datasets: [{ id: "london.food_hygiene", title: "Food hygiene ratings" }],
    what: ["This city may ask for counts and statistics.", "Copies may be kept for 30 days."],
    why: TERMS.why,
    purpose: "improve public services",
    legal_basis: "a task in the public interest",
    law: TERMS.law,
    since: TERMS.starts,
    until: TERMS.ends,
    state: "in force",
    agreement: "7d9c",
    reason: "",
    ...change,
  };
}
