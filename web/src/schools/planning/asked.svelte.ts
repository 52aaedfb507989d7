/** What every planning screen asks about: a city, a stage of schooling, and a set of flows. */

import type { City } from "../../api/types";
import { app } from "../../state/app.svelte";
import { load } from "../../state/load.svelte";
import { schoolsApi } from "../api";
import type { FlowSet, SchoolFeature, SchoolsCity, Stage } from "../types";

export class Asked {
  readonly cities = load(
    () => [...app.datasets.values()].filter(({ theme }) => theme === "education").map(({ id, version }) => `${id}@${version ?? 0}`),
    (_, signal) => schoolsApi.cities(signal),
  );

  city = $derived.by((): City | undefined => app.schoolsCity);

  /** What there is of the city's atlas. */
  atlas = $derived.by((): SchoolsCity | undefined => this.cities.data?.find(({ id }) => id === this.city?.id));

  /** The stage that was chosen, else the one that flows are known of. */
  stage = $derived.by((): Stage | undefined => {
    const stages = this.atlas?.stages ?? [];
    const { stage, flows } = app.view.schools;
    const known = this.atlas?.flows.find(({ id }) => id === flows) ?? this.atlas?.flows[0];
    return stages.find(({ id }) => id === stage) ?? stages.find(({ id }) => id === known?.stage) ?? stages[0];
  });

  /** Sets of flows of the stage, the newest first. */
  flowSets = $derived.by((): FlowSet[] => (this.atlas?.flows ?? []).filter(({ stage }) => stage === this.stage?.id));

  /** The set that was chosen, else the newest; empty where the stage has none. */
  flows = $derived.by((): string => (this.flowSets.find(({ id }) => id === app.view.schools.flows) ?? this.flowSets[0])?.id ?? "");

  /** What is chosen on the screen, by its name in the address; empty when nothing is. */
  chosen(name: string): string {
    return app.view.schools.chosen[name] ?? "";
  }

  /** Change what is chosen; empty is taken away. */
  choose(change: Readonly<Record<string, string>>, options: { replace?: boolean } = {}): void {
    const all = { ...app.view.schools.chosen, ...change };
    app.schools({ chosen: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")) }, options);
  }
}

/** Every school of a city, kept while a screen needs them. */
export class CitySchools {
  readonly #set: ReturnType<typeof load<string, SchoolFeature[]>>;

  constructor(city: () => string | undefined) {
    this.#set = load(
      () => city() ?? null,
      async (id, signal) => (await schoolsApi.schools(id, signal)).features,
    );
  }

  all = $derived.by((): readonly SchoolFeature[] => this.#set.data ?? []);
  byId = $derived.by(() => new Map(this.all.map((school) => [school.id, school])));
  ready = $derived.by(() => this.#set.data !== undefined);

  nameOf(id: string): string {
    return this.byId.get(id)?.properties.name ?? id;
  }

  /** Where a school stands; `null` when that is not known. */
  placeOf(id: string): [number, number] | null {
    const [lon, lat] = this.byId.get(id)?.geometry?.coordinates ?? [];
    return lon === undefined || lat === undefined ? null : [lon, lat];
  }
}
