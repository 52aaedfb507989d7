/** A change that is being put together, and what it still lacks. */

import type { Change, LonLat } from "../api";
import type { Verb } from "./changes";
import { ringOf } from "./changes";

export class Draft {
  verb = $state<Verb>("close");
  /** The school that closes, grows, gets a zone, or takes the others in. */
  school = $state("");
  /** Those that are merged into it. */
  others = $state.raw<readonly string[]>([]);
  /** The school that a new one is like. */
  like = $state("");
  name = $state("");
  /** The place as it is typed, each part by itself. */
  lon = $state("");
  lat = $state("");
  corners = $state.raw<readonly LonLat[]>([]);
  places = $state<number | null>(900);
  homes = $state<number | null>(500);
  each = $state<number | null>(0.25);

  /** The place, once both its parts are there. */
  at = $derived.by((): LonLat | null => {
    const [lon, lat] = [this.lon, this.lat].map((text) => (text.trim() === "" ? NaN : Number(text)));
    return lon !== undefined && lat !== undefined && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
  });

  /** A click on the map means a place. */
  placing = $derived(this.verb === "open" || this.verb === "homes" || (this.verb === "zone" && this.school !== ""));

  /** What is to be done before it is a change; empty when nothing is. */
  lacks = $derived.by((): string => {
    switch (this.verb) {
      case "close":
        return this.school === "" ? "Choose a school, here or on the map." : "";
      case "resize":
        if (this.school === "") return "Choose a school, here or on the map.";
        return amount(this.places) === null ? "Say how many places it has then." : "";
      case "merge":
        if (this.school === "") return "Choose the school that stays.";
        return this.others.length === 0 ? "Choose at least one school that joins it." : "";
      case "open":
        if (this.at === null) return "Click the map where it stands, or write the place.";
        return amount(this.places) === null ? "Say how many places it has." : "";
      case "homes":
        if (this.at === null) return "Click the map where they are built, or write the place.";
        return amount(this.homes) === null || amount(this.each) === null ? "Say how many homes, and how many pupils live in each." : "";
      case "zone":
        if (this.school === "") return "Choose a school, here or on the map.";
        return this.corners.length < 3 ? `Click the corners of its zone on the map (${this.corners.length} of at least 3).` : "";
    }
  });

  /** Take a verb; what was chosen stays where it has the same meaning. */
  turnTo(verb: Verb): void {
    this.verb = verb;
    if (verb !== "zone") this.corners = [];
    if (verb !== "open" && verb !== "homes") this.leave();
  }

  /** Take a school that was clicked on the map. */
  pick(school: string): void {
    if (this.verb === "merge" && this.school !== "") this.join(school);
    else if (this.verb === "open") this.like = school;
    else this.school = school;
  }

  join(school: string): void {
    if (school !== "" && school !== this.school && !this.others.includes(school)) this.others = [...this.others, school];
  }

  /** Take a place that was clicked on the map. */
  put(at: LonLat): void {
    if (this.verb === "zone") this.corners = [...this.corners, at];
    else [this.lon, this.lat] = [at[0].toFixed(5), at[1].toFixed(5)];
  }

  private leave(): void {
    this.lon = "";
    this.lat = "";
  }

  /** The change, or `null` while it lacks something. */
  change(): Change | null {
    if (this.lacks !== "") return null;
    const [lon, lat] = this.at ?? [0, 0];
    switch (this.verb) {
      case "close":
        return { do: "close", school: this.school };
      case "resize":
        return { do: "resize", school: this.school, places: this.places ?? 0 };
      case "merge":
        return { do: "merge", schools: [this.school, ...this.others], into: this.school };
      case "open":
        return { do: "open", name: this.name.trim() || "New school", lon, lat, places: this.places ?? 0, like: this.like || null };
      case "homes":
        return { do: "homes", lon, lat, homes: this.homes ?? 0, pupils_per_home: this.each ?? 0 };
      case "zone":
        return { do: "zone", school: this.school, zone: ringOf(this.corners) };
    }
  }

  /** Begin anew with the same verb. */
  clear(): void {
    this.school = "";
    this.others = [];
    this.like = "";
    this.name = "";
    this.leave();
    this.corners = [];
  }
}

function amount(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value >= 0 ? value : null;
}
