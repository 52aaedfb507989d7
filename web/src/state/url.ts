/**
 * The view as the query part of a URL, and back.
 *
 * Names are short words a person can read and edit. A `data` starts a layer; the `text`, `is`,
 * `range` and `where` behind it are that layer's filters.
 */

import { alliancePath, readAlliance } from "./alliance";
import { peoplePath, readPeople } from "./people";
import { readSchools, schoolsParams, schoolsPath } from "./schools";
import { readThink, thinkPath } from "./think";
import type { Camera, Choice, Filter, Layer, Page, Place, Scope, Tab, View } from "./view";
import { INITIAL } from "./view";

const PAGES: readonly Page[] = ["explore", "catalogue", "dataset"];
const TABS: readonly Tab[] = ["summary", "table", "chart"];
const CHOICES: readonly Choice[] = ["sum", "avg", "count"];

/** Parameters of an address that belong to the whole app, not to a screen. */
const OF_THE_APP: ReadonlySet<string> = new Set(["city", "page"]);

/** A view as the whole address behind the server's name: some pages have paths of their own. */
export function toAddress(view: View): string {
  if (view.page === "think") return withChosen(thinkPath(view.think), view.think.chosen, view.scope);
  if (view.page === "schools") return schoolsAddress(view);
  if (view.page === "people") return withChosen(peoplePath(view.people), view.people.chosen, view.scope);
  if (view.page === "alliance") return withChosen(alliancePath(view.alliance), view.alliance.chosen, view.scope);
  return `/${toUrl(view)}`;
}

/** The view that an address holds. */
export function fromAddress(path: string, search: string): View {
  const query = new URLSearchParams(search);
  const chosen = Object.fromEntries([...query].filter(([name]) => !OF_THE_APP.has(name)));
  const scope = query.get("city") ?? INITIAL.scope;
  const think = readThink(path, chosen);
  if (think) return { ...INITIAL, page: "think", scope, think };
  const own = [...query].filter(([name]) => !OF_THE_APP.has(name) && name !== "map");
  const schools = readSchools(path, own);
  if (schools) return { ...INITIAL, page: "schools", scope, schools, cameras: fromUrl(search).cameras };
  const people = readPeople(path, chosen);
  if (people) return { ...INITIAL, page: "people", scope, people };
  const alliance = readAlliance(path, chosen);
  if (alliance) return { ...INITIAL, page: "alliance", scope, alliance };
  return fromUrl(search);
}

/** The atlas of schools, with where its maps look. */
function schoolsAddress({ schools, scope, cameras }: View): string {
  const city: [string, string][] = scope === INITIAL.scope ? [] : [["city", scope]];
  const pairs = [...city, ...schoolsParams(schools), ...cameraParams(cameras)].map(encodePair);
  const path = schoolsPath(schools);
  return pairs.length > 0 ? `${path}?${pairs.join("&")}` : path;
}

/** A path with the city and what is chosen behind it, in the order of the names. */
function withChosen(path: string, chosen: Readonly<Record<string, string>>, scope: Scope): string {
  const city: [string, string][] = scope === INITIAL.scope ? [] : [["city", scope]];
  const named = Object.entries(chosen)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = [...city, ...named].map(encodePair);
  return pairs.length > 0 ? `${path}?${pairs.join("&")}` : path;
}

/** Write a view as `?city=chicago&data=chicago.crimes...`; what is as at the start is left out. */
export function toUrl(view: View): string {
  const pairs: [string, string][] = [];
  const put = (name: string, value: string, initial = ""): void => {
    if (value !== initial) pairs.push([name, value]);
  };
  put("page", view.page, INITIAL.page);
  put("city", view.scope, INITIAL.scope);
  for (const layer of view.layers) {
    pairs.push(["data", layer.dataset]);
    for (const filter of layer.filters) pairs.push(writeFilter(filter));
  }
  put("focus", String(view.focus), "0");
  for (const place of view.places) pairs.push(writePlace(place));
  if (view.time) put("time", `${view.time.start ?? ".."}/${view.time.end ?? ".."}`);
  put("tab", view.tab, INITIAL.tab);
  put("wide", view.wide ? "1" : "");
  put("sort", view.sort);
  put("colour", view.colour, INITIAL.colour);
  put("measure", view.measure, INITIAL.measure);
  for (const boundary of Object.values(view.areas)) pairs.push(["areas", boundary]);
  pairs.push(...cameraParams(view.cameras));
  if (view.feature) pairs.push(["open", `${view.feature.dataset}/${view.feature.id}`]);
  put("about", view.about);
  put("find", view.find);
  put("theme", view.theme);
  return pairs.length > 0 ? `?${pairs.map(encodePair).join("&")}` : "";
}

/** Read a view from a URL's query; what cannot be read is left as at the start. */
export function fromUrl(search: string): View {
  const view: View = { ...INITIAL, layers: [], places: [], areas: {}, cameras: {} };
  for (const [name, value] of new URLSearchParams(search)) read(view, name, value);
  view.focus = Math.min(view.focus, Math.max(0, view.layers.length - 1));
  return view;
}

function encodePair([name, value]: [string, string]): string {
  const readable = encodeURIComponent(value).replace(/%(2C|2F|3A|3B)/g, decodeURIComponent);
  return `${name}=${readable.replace(/%20/g, "+")}`;
}

function read(view: View, name: string, value: string): void {
  const layer = view.layers.at(-1);
  switch (name) {
    case "page":
      view.page = oneOf(PAGES, value, view.page);
      break;
    case "city":
      view.scope = value;
      break;
    case "data":
      view.layers.push({ dataset: value, filters: [] });
      break;
    case "text":
    case "is":
    case "range":
    case "where":
      if (layer) readFilter(layer, name, value);
      break;
    case "focus":
      view.focus = Math.max(0, Math.trunc(Number(value)) || 0);
      break;
    case "near":
    case "in":
    case "shape": {
      const place = readPlace(name, value);
      if (place) view.places.push(place);
      break;
    }
    case "time": {
      const [start, end] = value.split("/");
      view.time = { start: moment(start), end: moment(end) };
      if (!view.time.start && !view.time.end) view.time = null;
      break;
    }
    case "tab":
      view.tab = oneOf(TABS, value, view.tab);
      break;
    case "wide":
      view.wide = value === "1";
      break;
    case "sort":
      view.sort = value;
      break;
    case "colour":
      view.colour = value === "category" ? "category" : "dataset";
      break;
    case "measure":
      view.measure = oneOf(CHOICES, value, view.measure);
      break;
    case "areas":
      view.areas[value.split(".", 1)[0] ?? ""] = value;
      break;
    case "map": {
      const [city = "", ...numbers] = value.split(",");
      const camera = readCamera(numbers);
      if (camera) view.cameras[city] = camera;
      break;
    }
    case "open": {
      const slash = value.indexOf("/");
      if (slash > 0) {
        view.feature = { dataset: value.slice(0, slash), id: value.slice(slash + 1) };
      }
      break;
    }
    case "about":
      view.about = value;
      break;
    case "find":
      view.find = value;
      break;
    case "theme":
      view.theme = value;
      break;
    default:
  }
}

function writeFilter(filter: Filter): [string, string] {
  switch (filter.kind) {
    case "text":
      return ["text", filter.words];
    case "values":
      return ["is", [filter.field, ...filter.values].map(escapePart).join(";")];
    case "range":
      return ["range", `${filter.field}:${filter.min ?? ""}..${filter.max ?? ""}`];
    case "expression":
      return ["where", filter.cql];
  }
}

function readFilter(layer: Layer, name: "text" | "is" | "range" | "where", value: string): void {
  if (name === "text") {
    layer.filters.push({ kind: "text", words: value });
  } else if (name === "where") {
    layer.filters.push({ kind: "expression", cql: value });
  } else if (name === "is") {
    const [field, ...values] = splitParts(value);
    if (field && values.length > 0) layer.filters.push({ kind: "values", field, values });
  } else {
    const match = /^(\w+):(.*?)\.\.(.*)$/.exec(value);
    if (!match) return;
    const [, field = "", min, max] = match;
    layer.filters.push({ kind: "range", field, min: min || null, max: max || null });
  }
}

function writePlace(place: Place): [string, string] {
  switch (place.kind) {
    case "near": {
      const numbers = [degrees(place.lon), degrees(place.lat), String(place.metres)];
      return ["near", [place.city, ...numbers, place.label].join(",")];
    }
    case "area":
      return ["in", [place.boundary, place.id, place.label].map(escapePart).join(";")];
    case "shape":
      return ["shape", [place.city, ...place.corners.flat().map(degrees)].join(",")];
  }
}

function readPlace(name: "near" | "in" | "shape", value: string): Place | null {
  if (name === "in") {
    const [boundary = "", id = "", label = ""] = splitParts(value);
    if (!boundary || !id) return null;
    return { kind: "area", city: boundary.split(".", 1)[0] ?? "", boundary, id, label };
  }
  const [city = "", ...parts] = value.split(",");
  if (name === "near") {
    const [lon, lat, metres] = parts.slice(0, 3).map(Number);
    if (!isFinite(lon) || !isFinite(lat) || !isFinite(metres)) return null;
    return { kind: "near", city, lon, lat, metres, label: parts.slice(3).join(",") };
  }
  const numbers = parts.map(Number);
  if (numbers.length < 6 || numbers.length % 2 > 0 || !numbers.every(isFinite)) return null;
  const corners = Array.from(
    { length: numbers.length / 2 },
    (_, i): [number, number] => [numbers[2 * i] ?? 0, numbers[2 * i + 1] ?? 0],
  );
  return { kind: "shape", city, corners };
}

function cameraParams(cameras: View["cameras"]): [string, string][] {
  return Object.entries(cameras).map(([city, camera]) => ["map", `${city},${writeCamera(camera)}`]);
}

function writeCamera({ lat, lon, zoom }: Camera): string {
  return `${degrees(lat)},${degrees(lon)},${Number(zoom.toFixed(2))}`;
}

function readCamera(parts: string[]): Camera | null {
  const [lat, lon, zoom] = parts.map(Number);
  return isFinite(lat) && isFinite(lon) && isFinite(zoom) ? { lat, lon, zoom } : null;
}

/** Five decimals: about a metre. */
function degrees(value: number): string {
  return String(Number(value.toFixed(5)));
}

function isFinite(value: number | undefined): value is number {
  return Number.isFinite(value);
}

function moment(text: string | undefined): string | null {
  return text && /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/.test(text) ? text : null;
}

function oneOf<T extends string>(choices: readonly T[], value: string, otherwise: T): T {
  return choices.find((choice) => choice === value) ?? otherwise;
}

/** Values may hold the semicolon that parts them: `~` stands before it, or before another `~`. */
function escapePart(text: string): string {
  return text.replace(/[~;]/g, (character) => `~${character}`);
}

function splitParts(text: string): string[] {
  const parts = [""];
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] ?? "";
    if (character === ";") {
      parts.push("");
    } else {
      if (character === "~") i += 1;
      parts[parts.length - 1] += character === "~" ? (text[i] ?? "") : character;
    }
  }
  return parts;
}
