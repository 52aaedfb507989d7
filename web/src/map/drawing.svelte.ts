/** An area that is being drawn on a map: two corners of a rectangle, or a shape corner by corner. */

import { outline } from "./places";

type Point = [number, number];

export interface Sketch {
  mode: "rectangle" | "shape";
  city: string | null;
  corners: Point[];
  /** Where the pointer is, for the line that follows it. */
  tip: Point | null;
}

export class Drawing {
  sketch = $state.raw<Sketch | null>(null);
  readonly #done: (city: string, corners: Point[]) => void;

  /** @param done what is to be done with the corners when the area is finished */
  constructor(done: (city: string, corners: Point[]) => void) {
    this.#done = done;
  }

  /** Whether what is drawn is an area. */
  isArea = $derived.by(() => (this.sketch?.corners.length ?? 0) >= (this.sketch?.mode === "rectangle" ? 2 : 3));

  advice = $derived.by(() => {
    const count = this.sketch?.corners.length ?? 0;
    if (this.sketch?.mode === "rectangle") {
      return count === 0 ? "Choose the first corner on the map." : "Choose the opposite corner.";
    }
    return count < 3 ? "Choose at least three corners." : "Add corners, or finish.";
  });

  begin(mode: Sketch["mode"]): void {
    this.sketch = { mode, city: null, corners: [], tip: null };
  }

  /** The outline in a city, with the pointer as the next corner. */
  outlineIn(city: string): Point[] {
    return this.sketch?.city === city ? outline(this.sketch) : [];
  }

  move(city: string, tip: Point): void {
    if (this.sketch && (this.sketch.city === null || this.sketch.city === city)) this.sketch = { ...this.sketch, tip };
  }

  /** Set a corner; the second of a rectangle ends it. */
  add(city: string, corner: Point): void {
    const { sketch } = this;
    if (!sketch || (sketch.city !== null && sketch.city !== city)) return;
    this.sketch = { ...sketch, city, corners: [...sketch.corners, corner], tip: null };
    if (sketch.mode === "rectangle" && this.isArea) this.finish();
  }

  /** Take back the last corner. */
  back(): void {
    if (!this.sketch) return;
    const corners = this.sketch.corners.slice(0, -1);
    this.sketch = { ...this.sketch, corners, city: corners.length > 0 ? this.sketch.city : null };
  }

  finish(): void {
    const { sketch } = this;
    if (!sketch?.city || !this.isArea) return;
    const corners = outline({ ...sketch, tip: null });
    this.sketch = null;
    this.#done(sketch.city, corners);
  }

  cancel(): void {
    this.sketch = null;
  }
}
