/** The model beside simpler ones, and its terms, as rows. */

import type { Fit, Model } from "../api";
import type { Table } from "../table";

export interface NamedFit extends Fit {
  name: string;
  /** The model itself, not one it is held against. */
  own: boolean;
}

/** The model first, then simpler ones from the best to the worst. */
export function fits({ fit, baselines }: Model): NamedFit[] {
  const { cpc, r2, mean_m } = fit;
  const simpler = baselines.map((each) => ({ ...each, own: false })).toSorted((a, b) => (b.cpc ?? -1) - (a.cpc ?? -1));
  return [{ name: "This model", cpc, r2, mean_m, own: true }, ...simpler];
}

export function baselineTable(all: readonly NamedFit[]): Table {
  return {
    columns: [
      { name: "model", label: "Model", kind: "text" },
      { name: "cpc", label: "CPC", kind: "share" },
      { name: "r2", label: "R²", kind: "number" },
      { name: "mean_metres", label: "Mean distance", kind: "metres" },
    ],
    rows: all.map(({ name, cpc, r2, mean_m }) => [name, cpc, r2, mean_m]),
  };
}

export function termTable(terms: Model["terms"]): Table {
  return {
    columns: [
      { name: "kind", label: "Kind of school", kind: "text" },
      { name: "decay_per_km", label: "Decay per km", kind: "number" },
      { name: "mean_metres", label: "Mean distance", kind: "metres" },
      { name: "attraction", label: "Attraction", kind: "number" },
      { name: "schools", label: "Schools", kind: "count" },
    ],
    rows: terms.map(({ name, decay_per_km, mean_m, attraction, schools }) => [name, decay_per_km, mean_m, attraction, schools]),
  };
}

export function distanceTable(classes: NonNullable<Model["by_distance"]>): Table {
  return {
    columns: [
      { name: "from_metres", label: "From", kind: "metres" },
      { name: "to_metres", label: "To", kind: "metres" },
      { name: "observed", label: "Observed pupils", kind: "count" },
      { name: "modelled", label: "Modelled pupils", kind: "count" },
    ],
    rows: classes.map(({ from_m, to_m, observed, modelled }) => [from_m, to_m, observed, Math.round(modelled)]),
  };
}
