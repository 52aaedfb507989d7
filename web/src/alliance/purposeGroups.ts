/** Purposes as a chooser lays them out: what cities ask for most, then the rest by what they are of. */

import type { Purpose } from "../api/people";

/** Purposes that fit what cities ask each other for, with what is meant in plain words. */
const USUAL: Readonly<Record<string, string>> = {
  "dpv:ImprovePublicServices": "make a public service better",
  "dpv:PublicPolicyMaking": "decide on a policy",
  "dpv:ProvideOfficialStatistics": "publish official statistics",
  "dpv:ImproveTransportMobility": "make transport better",
  "dpv:ImproveHealthcare": "make health care better",
  "dpv:CombatClimateChange": "act on the climate",
  "dpv:ProtectionOfPublicSecurity": "keep people safe",
  "dpv:PublicBenefit": "serve the public in another way",
  "dpv:AcademicResearch": "study at a university",
  "dpv:ScientificResearch": "do research",
  "dpv:NonCommercialResearch": "do research without profit",
};

const ROOT = "dpv:Purpose";

export interface PurposeChoice {
  term: string;
  label: string;
}

export interface PurposeGroup {
  name: string;
  choices: PurposeChoice[];
}

/** Groups of purposes; each purpose stands in one. */
export function purposeGroups(purposes: readonly Purpose[]): PurposeGroup[] {
  const known = new Map(purposes.map((purpose) => [purpose.term, purpose]));
  const usual = Object.entries(USUAL).flatMap(([term, means]) => {
    const purpose = known.get(term);
    return purpose ? [{ term, label: `${purpose.label}: ${means}` }] : [];
  });
  const groups = new Map<string, PurposeChoice[]>();
  for (const purpose of purposes) {
    if (purpose.term in USUAL || purpose.term === ROOT) continue;
    const top = topOf(purpose, known);
    groups.set(top, [...(groups.get(top) ?? []), { term: purpose.term, label: purpose.label }]);
  }
  const others = groups.get("") ?? [];
  groups.delete("");
  const named = [...groups].map(([name, choices]) => ({ name, choices: sorted(choices) })).sort((a, b) => a.name.localeCompare(b.name));
  const all = [{ name: "Often between cities", choices: usual }, ...named, { name: "Other", choices: sorted(others) }];
  return all.filter(({ choices }) => choices.length > 0);
}

/** The broadest purpose that this one is a kind of, where it is not itself one; else nothing. */
function topOf(purpose: Purpose, known: ReadonlyMap<string, Purpose>): string {
  let top = purpose;
  const seen = new Set<string>();
  while (!seen.has(top.term)) {
    seen.add(top.term);
    const above = top.broader.filter((term) => term !== ROOT).map((term) => known.get(term));
    if (!above[0]) break;
    top = above[0];
  }
  const isParent = [...known.values()].some(({ broader }) => broader.includes(top.term));
  return top === purpose && !isParent ? "" : top.label;
}

function sorted(choices: PurposeChoice[]): PurposeChoice[] {
  return [...choices].sort((a, b) => a.label.localeCompare(b.label));
}
