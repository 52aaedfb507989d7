/** The answer as a file, and as code that asks for it again. */

import type { Params } from "../api/client";
import { collectionPath } from "../api/client";

interface Asked {
  dataset: string;
  params: Params;
}

export const FORMATS = [
  { id: "csv", name: "CSV", detail: "spreadsheets" },
  { id: "geojson", name: "GeoJSON", detail: "web maps, GIS" },
  { id: "parquet", name: "Parquet", detail: "GeoParquet" },
  { id: "arrow", name: "Arrow", detail: "notebooks" },
] as const;

export type Format = (typeof FORMATS)[number]["id"];

/** Path of the whole filtered set as a file. GeoJSON comes in pages unless it is downloaded. */
export function downloadUrl({ dataset, params }: Asked, format: Format): string {
  return collectionPath(dataset, "items", [...params, ["f", format], ["download", "true"]]);
}

/** Address of the answer for programs. */
export function asUrl({ dataset, params }: Asked, origin = location.origin): string {
  return origin + collectionPath(dataset, "items", [...params, ["f", "geojson"]]);
}

export function asCurl(asked: Asked, origin = location.origin): string {
  const url = origin + collectionPath(asked.dataset, "items", [...asked.params, ["f", "csv"]]);
  return `curl --fail --output ${asked.dataset}.csv ${shellQuote(url)}`;
}

export function asPython({ dataset, params }: Asked, origin = location.origin): string {
  const pairs = [...params, ["f", "parquet"] as const];
  const lines = pairs.map(([name, value]) => `        (${JSON.stringify(name)}, ${JSON.stringify(value)}),`);
  return [
    "import io",
    "",
    "import httpx",
    "import pandas as pd",
    "",
    "answer = httpx.get(",
    `    ${JSON.stringify(`${origin}${collectionPath(dataset, "items")}`)},`,
    "    params=[",
    ...lines,
    "    ],",
    "    timeout=60,",
    ")",
    "answer.raise_for_status()",
    "rows = pd.read_parquet(io.BytesIO(answer.content))",
    "",
  ].join("\n");
}

/** A word for a POSIX shell, whatever it holds. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
