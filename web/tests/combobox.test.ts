/** A line with options: which one the keys mean, and what Enter does without one. */

import { describe, expect, it } from "vitest";
import { Combobox } from "../src/shell/combobox.svelte";

interface Pressed {
  stopped: boolean;
  prevented: boolean;
}

function press(line: Combobox<string>, key: string): Pressed {
  const done = { stopped: false, prevented: false };
  line.field("list").onkeydown({
    key,
    isComposing: false,
    preventDefault: () => (done.prevented = true),
    stopPropagation: () => (done.stopped = true),
  } as unknown as KeyboardEvent);
  return done;
}

function lineOf(options: string[], first = false): { line: Combobox<string>; taken: string[] } {
  const taken: string[] = [];
  const line = new Combobox<string>({
    options: () => options,
    choose: (option) => taken.push(option),
    run: () => taken.push("run"),
    first,
  });
  return { line, taken };
}

describe("a line that offers options", () => {
  it("means none of them until an arrow key says so, and none again past the last", () => {
    const { line, taken } = lineOf(["a", "b"]);
    press(line, "Enter");
    expect(taken).toEqual(["run"]);
    const meant = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"].map((key) => {
      press(line, key);
      return line.active;
    });
    expect(meant).toEqual([0, 1, -1, 1]);
    expect(line.field("list")["aria-activedescendant"]).toBe("list-1");
    press(line, "Enter");
    expect(taken).toEqual(["run", "b"]);
    expect([line.open, line.active]).toEqual([false, -1]);
  });

  it("means the first from the start where one has to be chosen", () => {
    const { line, taken } = lineOf(["a", "b"], true);
    press(line, "ArrowUp");
    expect(line.active).toBe(1);
    press(line, "ArrowDown");
    press(line, "Enter");
    expect(taken).toEqual(["a"]);
  });

  it("keeps Escape to itself only while it is open", () => {
    const { line } = lineOf(["a"]);
    line.field("list").oninput();
    expect(press(line, "Escape").stopped).toBe(true);
    expect(press(line, "Escape").stopped).toBe(false);
  });
});
