/**
 * Where the boxes and bands of a picture of flows stand.
 *
 * Each node stands one column behind the last one that flows into it; a column is as tall as what
 * flows through it, and all columns have one scale, after Sankey (1898).
 */

export interface Band {
  source: string;
  target: string;
  /** How much flows; of a number that is held back, the middle of what it can be. */
  size: number;
  hidden: boolean;
}

export interface PlacedNode {
  id: string;
  column: number;
  x: number;
  y: number;
  height: number;
  size: number;
}

export interface PlacedBand extends Band {
  /** An outline of the band, as an SVG path. */
  path: string;
}

export interface Layout {
  nodes: PlacedNode[];
  bands: PlacedBand[];
  columns: number;
  height: number;
}

export interface Room {
  width: number;
  height: number;
  nodeWidth: number;
  /** Between two nodes of a column, at most. */
  gap: number;
  /** Least height of a column's row, so that its name can be read. */
  row: number;
}

/** Place nodes and bands in a room; the picture grows where names would not fit. */
export function sankey(ids: readonly string[], bands: readonly Band[], room: Room): Layout {
  const columnOf = columns(ids, bands);
  const count = Math.max(0, ...columnOf.values()) + 1;
  const sizeOf = new Map(ids.map((id) => [id, through(id, bands)]));
  const stacks = Array.from({ length: count }, (_, column) =>
    ids
      .filter((id) => columnOf.get(id) === column && (sizeOf.get(id) ?? 0) > 0)
      .sort((a, b) => (sizeOf.get(b) ?? 0) - (sizeOf.get(a) ?? 0)),
  );
  const tallest = Math.max(1, ...stacks.map((stack) => stack.length));
  const height = Math.max(room.height, tallest * room.row);
  const perSize = Math.min(
    ...stacks.map((stack) => (height - room.gap * Math.max(0, stack.length - 1)) / Math.max(1e-9, sum(stack, sizeOf))),
  );
  const nodes = stacks.flatMap((stack, column) => placeStack(stack, column, count, sizeOf, { ...room, height }, perSize));
  return { nodes, bands: placeBands(nodes, bands, room, perSize), columns: count, height };
}

/** The column of each node: the longest way that leads to it. */
function columns(ids: readonly string[], bands: readonly Band[]): Map<string, number> {
  const found = new Map(ids.map((id) => [id, 0]));
  for (let step = 0; step < ids.length; step += 1) {
    let moved = false;
    for (const { source, target } of bands) {
      const next = (found.get(source) ?? 0) + 1;
      if (source === target || next <= (found.get(target) ?? 0) || next >= ids.length) continue;
      found.set(target, next);
      moved = true;
    }
    if (!moved) break;
  }
  return found;
}

/** What flows through a node: the more of what comes in and what goes out. */
function through(id: string, bands: readonly Band[]): number {
  const out = bands.filter(({ source }) => source === id).reduce((total, { size }) => total + size, 0);
  const into = bands.filter(({ target }) => target === id).reduce((total, { size }) => total + size, 0);
  return Math.max(out, into);
}

function placeStack(
  stack: readonly string[],
  column: number,
  count: number,
  sizeOf: ReadonlyMap<string, number>,
  room: Room,
  perSize: number,
): PlacedNode[] {
  const filled = sum(stack, sizeOf) * perSize;
  // Rows of a stack share what is left, so that no two names stand on each other.
  const left = Math.max(0, room.height - filled);
  const gap = stack.length > 1 ? left / (stack.length - 1) : 0;
  let y = stack.length > 1 ? 0 : left / 2;
  const x = count > 1 ? (column * (room.width - room.nodeWidth)) / (count - 1) : 0;
  return stack.map((id) => {
    const size = sizeOf.get(id) ?? 0;
    const node = { id, column, x, y, height: Math.max(1, size * perSize), size };
    y += size * perSize + gap;
    return node;
  });
}

function placeBands(nodes: readonly PlacedNode[], bands: readonly Band[], room: Room, perSize: number): PlacedBand[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const at = (id: string): number => byId.get(id)?.y ?? 0;
  const outOf = new Map(nodes.map(({ id, y }) => [id, y]));
  const into = new Map(nodes.map(({ id, y }) => [id, y]));
  const sorted = [...bands].sort((a, b) => at(a.source) - at(b.source) || at(a.target) - at(b.target));
  return sorted.flatMap((band) => {
    const [from, to] = [byId.get(band.source), byId.get(band.target)];
    if (!from || !to || from === to || band.size <= 0) return [];
    const thick = band.size * perSize;
    const [y0, y1] = [outOf.get(from.id) ?? 0, into.get(to.id) ?? 0];
    outOf.set(from.id, y0 + thick);
    into.set(to.id, y1 + thick);
    return [{ ...band, path: ribbon(from.x + room.nodeWidth, y0, to.x, y1, Math.max(0.5, thick)) }];
  });
}

/** A band between two edges, with level ends. */
function ribbon(x0: number, y0: number, x1: number, y1: number, thick: number): string {
  const middle = (x0 + x1) / 2;
  const n = (value: number): string => value.toFixed(1);
  return [
    `M${n(x0)} ${n(y0)}C${n(middle)} ${n(y0)} ${n(middle)} ${n(y1)} ${n(x1)} ${n(y1)}`,
    `V${n(y1 + thick)}C${n(middle)} ${n(y1 + thick)} ${n(middle)} ${n(y0 + thick)} ${n(x0)} ${n(y0 + thick)}Z`,
  ].join("");
}

function sum(stack: readonly string[], sizeOf: ReadonlyMap<string, number>): number {
  return stack.reduce((total, id) => total + (sizeOf.get(id) ?? 0), 0);
}
