/** What the screens of the atlas share: the cities' schools, and the answer that is on the screen. */

import { app } from "../state/app.svelte";
import { load } from "../state/load.svelte";
import type { Aspect, Method, Subject } from "../state/schools";
import { ASPECTS } from "../state/schools";
import type { FlowChoice } from "./api";
import { schoolsApi } from "./api";
import { passes } from "./filters";
import type { AreaSchools, Catchment, Feeders, FlowSet, SchoolAreas, SchoolFeature, SchoolsCity, SchoolSet, Stage } from "./types";

/** The answer about what is chosen: a school's home areas, or the schools of a place. */
export type Answer = { kind: "school"; areas: SchoolAreas } | { kind: "place"; schools: AreaSchools };

interface Asked {
  /** Counts how often the same was asked anew. */
  time: number;
  city: string;
  subject: Subject;
  choice: FlowChoice;
}

/** The schools of each city, or why they could not be had. */
type Sets = Readonly<Record<string, SchoolSet | Error>>;

const MODELLED_ASPECTS: readonly Aspect[] = ["areas", "card"];
const OFFERED_ASPECTS: readonly Aspect[] = ["card", "catchment"];
const CARD_ALONE: readonly Aspect[] = ["card"];
const NONE: ReadonlyMap<string, SchoolFeature> = new Map();

/** Schools of a city, once fetched; a node that has loaded more has another list of datasets. */
const fetched = new Map<string, Promise<SchoolSet>>();

export class Atlas {
  /** The map is to look at the answer when it comes: what is chosen was not pointed at on it. */
  looksThere = $state(app.view.schools.subject !== null && app.view.cameras[app.schoolsCity?.id ?? ""] === undefined);

  #times = $state(0);

  readonly cities = load(() => loadedOf("cities"), (_, signal) => schoolsApi.cities(signal));

  readonly #sets = load(
    () => app.shownCities.map(({ id }) => loadedOf(id)),
    async (keys): Promise<Sets> => {
      const pairs = keys.map(async (key) => [key.split(" ", 1)[0] ?? "", await schoolsOf(key).catch(asError)] as const);
      return Object.fromEntries(await Promise.all(pairs));
    },
  );

  readonly answer = load(
    (): Asked | null => {
      const { subject } = app.view.schools;
      const city = this.city;
      if (subject?.kind === "school" && !this.choice.known) return null;
      return subject && city ? { time: this.#times, city: city.id, subject, choice: this.choice } : null;
    },
    (asked) => answered(asked),
    { fresh: true },
  );

  /** What can be shown of a school: of modelled pupils, only where they live. */
  aspects = $derived.by((): readonly Aspect[] => {
    if (!this.choice.known) return this.hasOffers ? OFFERED_ASPECTS : CARD_ALONE;
    if (!this.choice.modelled) return ASPECTS;
    return this.hasOffers ? ASPECTS.filter((each) => each !== "feeders") : MODELLED_ASPECTS;
  });
  aspect = $derived.by((): Aspect => (this.aspects.includes(app.view.schools.aspect) ? app.view.schools.aspect : (this.aspects[0] ?? "card")));

  /** Whether any last distances offered are loaded of the city. */
  readonly hasOffers = $derived.by(() => (this.city?.last_distances.length ?? 0) > 0);
  /** The method of a catchment: of modelled pupils only the last distance, which needs none. */
  method = $derived.by((): Method => (this.flowSet === undefined ? "last" : app.view.schools.method));

  /** The answer as the map has it: the one before stays on it until the next is there. */
  #before: Answer | undefined;
  drawn = $derived.by((): Answer | undefined => {
    const waits = this.answer.loading && app.view.schools.subject !== null;
    this.#before = this.answer.data ?? (waits ? this.#before : undefined);
    return this.#before;
  });

  readonly catchment = load(
    () => {
      const { subject, q } = app.view.schools;
      const { city, method } = this;
      if (!city || subject?.kind !== "school" || this.aspect !== "catchment") return null;
      return { city: city.id, school: subject.id, asked: { method, q, flows: this.choice.flows } };
    },
    ({ city, school, asked }, signal): Promise<Catchment> => schoolsApi.catchment(city, school, asked, signal),
  );

  readonly feeders = load(
    () => {
      const { subject } = app.view.schools;
      const city = this.city;
      if (!city || subject?.kind !== "school" || this.aspect !== "feeders") return null;
      return { city: city.id, school: subject.id, flows: this.choice.flows };
    },
    ({ city, school, flows }, signal): Promise<Feeders> => schoolsApi.feeders(city, school, flows, signal),
    { fresh: true },
  );

  readonly #known = $derived.by((): Readonly<Record<string, ReadonlyMap<string, SchoolFeature>>> =>
    Object.fromEntries(
      Object.keys(this.#sets.data ?? {}).map((city) => [city, new Map(this.schoolsIn(city).map((each) => [each.id, each]))]),
    ),
  );

  /** The city that the panel speaks of. */
  city = $derived.by(() => this.cities.data?.find(({ id }) => id === app.schoolsCity?.id));

  stage = $derived.by((): Stage | undefined => (this.city ? stageOf(this.city, app.view.schools.stage, app.view.schools.flows) : undefined));

  /** The sets of flows of the stage, the newest first. */
  flowSets = $derived.by((): FlowSet[] => (this.city?.flows ?? []).filter(({ stage }) => stage === this.stage?.id));

  flowSet = $derived.by(() => this.flowSetIn(this.city?.id ?? ""));

  choice = $derived.by((): FlowChoice => ({
    flows: this.flowSet?.id ?? "",
    stage: this.stage?.id ?? "",
    modelled: this.flowSet === undefined && this.stage?.modelled === true,
    known: this.flowSet !== undefined || this.stage?.modelled === true,
  }));

  /** Every school of the panel's city, and those that pass its filters. */
  schools = $derived.by((): readonly SchoolFeature[] => this.schoolsIn(this.city?.id ?? ""));
  readonly #filters = $derived.by(() => app.view.schools.filters);
  passing = $derived.by(() => this.schools.filter(({ properties }) => passes(properties, this.#filters)));
  known = $derived.by(() => this.knownIn(this.city?.id ?? ""));

  readonly error = $derived.by((): Error | null => {
    const found = this.#sets.data?.[this.city?.id ?? ""];
    return this.cities.error ?? (found instanceof Error ? found : null);
  });

  readonly waits = $derived.by(() => this.cities.data === undefined || this.#sets.data === undefined);

  schoolsIn(city: string): readonly SchoolFeature[] {
    return this.setOf(city)?.features ?? [];
  }

  /** Schools of a city by their ids. */
  knownIn(city: string): ReadonlyMap<string, SchoolFeature> {
    return this.#known[city] ?? NONE;
  }

  setOf(city: string): SchoolSet | undefined {
    const found = this.#sets.data?.[city];
    return found instanceof Error ? undefined : found;
  }

  /** The stage that is shown of a city, which need not be the one of the panel. */
  stageIn(city: string): string {
    const found = this.cities.data?.find(({ id }) => id === city);
    return (found && stageOf(found, app.view.schools.stage, app.view.schools.flows)?.id) ?? "";
  }

  /** The set of flows that is shown of a city; none where its stage has no flows. */
  flowSetIn(city: string): FlowSet | undefined {
    const sets = this.cities.data?.find(({ id }) => id === city)?.flows.filter(({ stage }) => stage === this.stageIn(city)) ?? [];
    return sets.find(({ id }) => id === app.view.schools.flows) ?? sets[0];
  }

  /** Turn to something in a city; the map goes there when it was not chosen on the map. */
  turnTo(subject: Subject | null, { city = this.city?.id ?? "", onMap = false } = {}): void {
    this.looksThere = !onMap;
    const several = app.shownCities.length > 1;
    const { stage, flows } = app.view.schools;
    const change = subject ? { stage: this.stageFor(subject, city, stage), flows } : {};
    app.schools({ ...change, subject, comparing: false, city: several ? city : "" });
  }

  /** Ask the last question once more. */
  again(): void {
    this.#times += 1;
  }

  /** Ask beforehand about what a pointer rests on. */
  expect(subject: Subject, city: string): void {
    const stage = this.stageFor(subject, city, app.view.schools.stage);
    if (this.city?.id === city && stage === app.view.schools.stage) answered({ time: this.#times, city, subject, choice: this.choice }).catch(() => undefined);
  }

  /** A school that is not of the stage on the screen brings its own along. */
  stageFor(subject: Subject, city: string, stage: string): string {
    if (subject.kind !== "school") return stage;
    const stages = this.schoolsIn(city).find(({ id }) => id === subject.id)?.properties.stages ?? [];
    const shown = this.stageIn(city);
    return stages.length === 0 || stages.includes(shown) ? stage : (stages[0] ?? stage);
  }
}

/** The stage that is asked for, else the one of the flows that are, else the one that flows are known of. */
function stageOf(city: SchoolsCity, stage: string, flows: string): Stage | undefined {
  const wanted = city.flows.find(({ id }) => id === flows)?.stage ?? city.flows[0]?.stage;
  return city.stages.find(({ id }) => id === stage) ?? city.stages.find(({ id }) => id === wanted) ?? city.stages[0];
}

/** A key that changes when a dataset is loaded or a newer version of one is. */
function loadedOf(what: string): string {
  const versions = [...app.datasets.values()]
    .filter(({ theme, city }) => theme === "education" && (what === "cities" || city === what))
    .map(({ version, loaded }) => `${version ?? 0}${loaded ? "" : "-"}`);
  return `${what} ${versions.join(".")}`;
}

function schoolsOf(key: string): Promise<SchoolSet> {
  let schools = fetched.get(key);
  if (!schools) {
    schools = schoolsApi.schools(key.split(" ", 1)[0] ?? "");
    fetched.set(key, schools);
    schools.catch(() => fetched.delete(key));
  }
  return schools;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Answers that were asked for last, so that going back waits for nothing. */
const answers = new Map<string, Promise<Answer>>();
const ANSWERS_MOST = 40;

function answered(asked: Asked): Promise<Answer> {
  const key = `${loadedOf(asked.city)} ${JSON.stringify(asked)}`;
  const kept = answers.get(key);
  if (kept) return kept;
  const answer = fetchAnswer(asked);
  answers.set(key, answer);
  answer.catch(() => answers.delete(key));
  const [oldest] = answers.keys();
  if (answers.size > ANSWERS_MOST && oldest !== undefined) answers.delete(oldest);
  return answer;
}

async function fetchAnswer({ city, subject, choice }: Asked): Promise<Answer> {
  switch (subject.kind) {
    case "school":
      return { kind: "school", areas: await schoolsApi.homeAreas(city, subject.id, choice) };
    case "area":
      return { kind: "place", schools: await schoolsApi.area(city, subject.id, choice) };
    case "drawn":
      return { kind: "place", schools: await schoolsApi.within(city, subject.corners, choice) };
    case "point":
    case "words": {
      const where = subject.kind === "words" ? subject.text : subject;
      const found = await schoolsApi.at(city, where, choice);
      return { kind: "place", schools: choice.modelled ? await modelledAt(city, found, choice) : found };
    }
  }
}

/**
 * The modelled schools of the area that a place lies in, said of that place.
 *
 * Where a stage has official zones they are its home areas; else those of the other flows are.
 */
async function modelledAt(city: string, found: AreaSchools, choice: FlowChoice): Promise<AreaSchools> {
  const zone = found.zones.find(({ stage }) => stage === choice.stage)?.id;
  const area = zone ?? found.areas[0]?.id;
  if (area === undefined) return { ...found, schools: [], words: "No home area lies there.", outline: null };
  const modelled = await schoolsApi.area(city, area, choice);
  return { ...modelled, place: found.place, result: found.result, zones: found.zones };
}
