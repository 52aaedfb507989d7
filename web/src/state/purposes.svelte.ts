/** The purposes that can be stated, in words; fetched once, when they are first shown. */

import type { Purpose } from "../api/people";
import { people } from "../api/people";

export const PUBLIC = "public";

class Purposes {
  all = $state.raw<readonly Purpose[]>([]);
  private asked = false;

  /** Fetch them, unless they are there or on their way. */
  want(): void {
    if (this.asked) return;
    this.asked = true;
    people.purposes().then(
      (found) => (this.all = found),
      () => (this.asked = false),
    );
  }

  /** A purpose as a person says it: `Public benefit`; its term until the words are there. */
  words(term: string): string {
    if (term === PUBLIC) return "Nothing in particular";
    const label = this.all.find((purpose) => purpose.term === term)?.label;
    return label === undefined ? term : calmLabel(label);
  }
}

/** `Legal Compliance of AI` becomes `Legal compliance of AI`: only the first word has a capital. */
export function calmLabel(label: string): string {
  const [first = "", ...rest] = label.split(" ");
  return [first, ...rest.map((word) => (word === word.toUpperCase() ? word : word.toLowerCase()))].join(" ");
}

export const purposes = new Purposes();
