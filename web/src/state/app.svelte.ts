/** The one place that holds the state of the app: the view, the catalogue, and what was chosen for
 * this browser (theme, units). Everything visible is derived from it. */

import { untrack } from "svelte";
import { api, partners } from "../api/client";
import type { City, Dataset } from "../api/types";
import type { Units } from "../text/format";
import { me } from "./me.svelte";
import type { PeopleView } from "./people";
import type { SchoolsView } from "./schools";
import { schoolsIn } from "./schools";
import { layersFor, layersOf, subjectsOf } from "./subjects";
import type { ThinkView } from "./think";
import { fromAddress, toAddress } from "./url";
import type { Camera, Filter, Layer, Place, Scope, View } from "./view";
import { BOTH, INITIAL, shows } from "./view";

export type Theme = "system" | "light" | "dark";
type UnitsChoice = "city" | Units;

/** How often the list of datasets is looked at again, in milliseconds. */
const RENEW_MS = 20_000;

class App {
  view = $state.raw<View>(fromAddress(location.pathname, location.search));
  cities = $state.raw<City[]>([]);
  datasets = $state.raw<ReadonlyMap<string, Dataset>>(new Map());
  ready = $state(false);
  failure = $state.raw<Error | null>(null);

  theme = $state<Theme>(remembered("theme", ["system", "light", "dark"], "system"));
  unitsChoice = $state<UnitsChoice>(remembered("units", ["city", "metric", "imperial"], "city"));
  systemDark = $state(matchMedia("(prefers-color-scheme: dark)").matches);
  /** The system asks for no motion. */
  calm = $state(matchMedia("(prefers-reduced-motion: reduce)").matches);
  /** What a screen reader is told next. */
  announcement = $state("");
  /** A sheet is being printed: paper is white. */
  printing = $state(false);

  dark = $derived(!this.printing && (this.theme === "dark" || (this.theme === "system" && this.systemDark)));
  subjects = $derived(subjectsOf(this.view, this.datasets));
  /** The subject the panel speaks of. */
  subject = $derived(
    this.subjects.find((subject) => layersOf(subject).some(({ index }) => index === this.view.focus)) ??
      this.subjects[0],
  );
  shownCities = $derived(this.cities.filter(({ id }) => shows(this.view.scope, id)));
  /** The city whose manners (dates, units) the screen takes. */
  host = $derived(this.shownCities[0]);
  locale = $derived(this.host?.locale ?? "en-GB");
  units = $derived<Units>(
    this.unitsChoice === "city" ? (this.host?.units ?? "metric") : this.unitsChoice,
  );
  synthetic = $derived(
    this.view.page === "explore"
      ? this.subjects.some(({ shown }) => shown.some(({ dataset }) => dataset.synthetic)) ||
          this.baseIsSynthetic()
      : [...this.datasets.values()].some((dataset) => dataset.synthetic),
  );

  /** Fetch what every screen needs, and follow the browser's Back and its colour scheme. */
  start(): void {
    addEventListener("popstate", () => {
      this.view = fromAddress(location.pathname, location.search);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
      this.systemDark = event.matches;
    });
    matchMedia("(prefers-reduced-motion: reduce)").addEventListener("change", (event) => {
      this.calm = event.matches;
    });
    me.start();
    partners.lost = (dataset) => this.lose(dataset);
    void this.refresh();
    setInterval(() => {
      if (this.ready && document.visibilityState === "visible" && !me.rests) void this.renew();
    }, RENEW_MS);
  }

  async refresh(): Promise<void> {
    this.failure = null;
    try {
      const [cities, datasets] = await Promise.all([api.cities(), api.datasets()]);
      this.cities = cities;
      this.shelve(datasets);
      this.settle();
      this.ready = true;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Change the view: a step that Back undoes, or with `replace` a correction of the present one. */
  go(change: Partial<View>, { replace = false }: { replace?: boolean } = {}): void {
    const view = { ...untrack(() => this.view), ...change };
    this.view = view;
    const url = toAddress(view);
    if (replace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }

  /** Go to a screen of the models and runs. */
  think(think: ThinkView, options: { replace?: boolean } = {}): void {
    this.go({ page: "think", think }, options);
  }

  /** Go somewhere in the schools atlas. */
  schools(change: Partial<SchoolsView>, options: { replace?: boolean } = {}): void {
    this.go({ page: "schools", schools: { ...untrack(() => this.view).schools, ...change } }, options);
  }

  /** The city that the schools atlas speaks of: where two are on the screen, the one last turned to. */
  get schoolsCity(): City | undefined {
    return this.shownCities.find(({ id }) => id === this.view.schools.city) ?? this.host;
  }

  /** Go to a page about people and what they may. */
  people(people: PeopleView, options: { replace?: boolean } = {}): void {
    this.go({ page: "people", people }, options);
  }

  /** Change what is chosen on the present screen of the models and runs; empty is taken away. */
  choose(change: Readonly<Record<string, string>>, options: { replace?: boolean } = {}): void {
    const { think } = untrack(() => this.view);
    const chosen = Object.fromEntries(
      Object.entries({ ...think.chosen, ...change }).filter(([, value]) => value !== ""),
    );
    this.go({ think: { ...think, chosen } }, options);
  }

  /** A city by its id. */
  city(id: string): City | undefined {
    return this.cities.find((city) => city.id === id);
  }

  zone(city: string): string {
    return this.city(city)?.time_zone ?? "UTC";
  }

  setScope(scope: Scope): void {
    const ids = this.cities.map(({ id }) => id);
    const layers = layersFor(scope, this.view.layers, ids, this.datasets);
    const focus = layers.findIndex(({ dataset }) => {
      const city = this.datasets.get(dataset)?.city;
      return city !== undefined && shows(scope, city);
    });
    const kept = this.view.layers[this.view.focus];
    const stays = kept && shows(scope, this.datasets.get(kept.dataset)?.city ?? "");
    const schools = this.schoolsCity?.id ?? "";
    this.go({
      scope,
      layers,
      focus: stays ? this.view.focus : Math.max(0, focus),
      feature: null,
      schools: schoolsIn(this.view.schools, scope === BOTH ? schools : "", shows(scope, schools)),
    });
  }

  setCamera(city: string, camera: Camera): void {
    this.go({ cameras: { ...this.view.cameras, [city]: camera } }, { replace: true });
  }

  addLayer(dataset: string): void {
    const layers = [...this.view.layers, { dataset, filters: [] }];
    const ids = this.cities.map(({ id }) => id);
    const all = this.view.scope === BOTH ? layersFor(BOTH, layers, ids, this.datasets) : layers;
    this.go({ layers: all, focus: layers.length - 1, sort: "", feature: null });
  }

  removeLayers(indexes: readonly number[]): void {
    const layers = this.view.layers.filter((_, index) => !indexes.includes(index));
    this.go({ layers, focus: 0, sort: "", feature: null });
  }

  /** Change the filters of layers; each gets its own list. */
  setFilters(indexes: readonly number[], change: (layer: Layer) => Filter[]): void {
    const layers = this.view.layers.map((layer, index) =>
      indexes.includes(index) ? { ...layer, filters: change(layer) } : layer,
    );
    this.go({ layers });
  }

  setPlaces(places: Place[]): void {
    this.go({ places });
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem("theme", theme);
  }

  setUnits(choice: UnitsChoice): void {
    this.unitsChoice = choice;
    localStorage.setItem("units", choice);
  }

  announce(text: string): void {
    this.announcement = text;
  }

  private baseIsSynthetic(): boolean {
    return [...this.datasets.values()].some(
      (dataset) => dataset.synthetic && dataset.basemap && shows(this.view.scope, dataset.city),
    );
  }

  /** A node serves from its first dataset on and loads the others meanwhile: they appear by themselves. */
  private async renew(): Promise<void> {
    if (me.signedIn) void me.look();
    try {
      this.shelve(await api.datasets());
    } catch {
      // The screen that asks next says what is wrong; nothing here is out of date yet.
    }
  }

  private shelve(datasets: readonly Dataset[]): void {
    const changed = datasets.some(({ id, version, access, node }) => {
      const known = this.datasets.get(id);
      const answers = known?.node?.answers === node?.answers;
      return known?.version !== version || known.access.kind !== access.kind || !answers;
    });
    if (changed) this.datasets = new Map(datasets.map((dataset) => [dataset.id, whileAnswered(dataset)]));
  }

  /** The partner that holds a dataset did not answer: nothing is asked of it until the node says it does. */
  private lose(id: string): void {
    const node = this.datasets.get(id)?.node;
    if (!node?.answers) return;
    const silent = (dataset: Dataset): Dataset =>
      dataset.node?.id === node.id ? whileAnswered({ ...dataset, node: { ...dataset.node, answers: false } }) : dataset;
    this.datasets = new Map([...this.datasets.values()].map((dataset) => [dataset.id, silent(dataset)]));
  }

  /** One view, one address; a scope that no city of this node answers to falls back to the first city. */
  private settle(): void {
    const known = this.view.scope === BOTH || this.city(this.view.scope);
    const scope = known ? this.view.scope : (this.cities[0]?.id ?? this.view.scope);
    this.go({ scope }, { replace: true });
  }
}

/** A dataset as it can be asked: one of a partner that does not answer is as good as not loaded. */
function whileAnswered(dataset: Dataset): Dataset {
  return dataset.node?.answers === false ? { ...dataset, loaded: false } : dataset;
}

function remembered<T extends string>(key: string, choices: readonly T[], otherwise: T): T {
  const found = localStorage.getItem(key);
  return choices.find((choice) => choice === found) ?? otherwise;
}

export const app = new App();

/** The view of a fresh start in the present city. */
export function emptyView(): Partial<View> {
  const { layers, places, time, feature, focus, sort, areas, measure, tab } = INITIAL;
  return { layers, places, time, feature, focus, sort, areas, measure, tab };
}
