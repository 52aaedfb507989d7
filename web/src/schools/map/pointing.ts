/** What lies under the pointer: a school before a home area. */

import type { Map as MapLibre, MapMouseEvent, PointLike } from "maplibre-gl";
import type { Subject } from "../../state/schools";
import type { Units } from "../../text/format";
import { whole } from "../../text/format";
import type { Answer } from "../atlas.svelte";
import type { SchoolFeature } from "../types";
import { distanceText, pupilsText, schoolKind, shareText } from "../words";
import { AREA_LAYERS, SCHOOL_LAYERS } from "./style";

export interface Pointed {
  x: number;
  y: number;
  title: string;
  detail: string;
  subject: Subject;
}

interface Scene {
  answer: Answer | undefined;
  known: ReadonlyMap<string, SchoolFeature>;
  units: Units;
  locale: string;
}

/** Half the side of the square in which a school is found, in pixels. */
const REACH_PX = 5;

export function pointedAt(map: MapLibre, { point: { x, y } }: MapMouseEvent, scene: Scene): Pointed | null {
  const around: [PointLike, PointLike] = [
    [x - REACH_PX, y - REACH_PX],
    [x + REACH_PX, y + REACH_PX],
  ];
  const [school] = map.queryRenderedFeatures(around, { layers: [...SCHOOL_LAYERS] });
  if (school) return { x, y, ...ofSchool(String(school.properties["id"]), String(school.properties["name"]), scene) };
  const [area] = map.queryRenderedFeatures([x, y], { layers: [...AREA_LAYERS] });
  return area ? { x, y, ...ofArea(String(area.properties["id"]), scene) } : null;
}

function ofSchool(id: string, name: string, { answer, known, units, locale }: Scene): Omit<Pointed, "x" | "y"> {
  const subject = { kind: "school" as const, id };
  const ranked = answer?.kind === "place" ? answer.schools.schools.find((each) => each.id === id) : undefined;
  if (ranked) {
    const detail = `${pupilsText(ranked, locale)} pupils from here, ${distanceText(ranked.distance_m, units, locale)} away`;
    return { title: name, detail, subject };
  }
  const school = known.get(id)?.properties;
  if (!school) return { title: name, detail: "", subject };
  const roll = school.pupils === null ? "" : `${whole(school.pupils, locale)} pupils`;
  return { title: name, detail: [schoolKind(school), roll].filter((word) => word !== "").join(", "), subject };
}

function ofArea(id: string, { answer, units, locale }: Scene): Omit<Pointed, "x" | "y"> {
  const subject = { kind: "area" as const, id };
  const areas = answer?.kind === "school" ? answer.areas.areas.features : [];
  const area = areas.find(({ properties }) => properties.id === id)?.properties;
  if (!area) return { title: id, detail: "", subject };
  const parts = [
    `${pupilsText(area, locale)} pupils`,
    area.share_of_school === null ? "" : `${shareText(area.share_of_school, locale)} of the school`,
    area.distance_m === null ? "" : distanceText(area.distance_m, units, locale),
  ];
  return { title: area.name, detail: parts.filter((part) => part !== "").join(", "), subject };
}
