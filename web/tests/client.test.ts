import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, get, send, session } from "../src/api/client";

type Answer = [status: number, body?: unknown, headers?: Record<string, string>];

let asked: { path: string; method: string; csrf: string | null }[] = [];
let answers: Answer[] = [];

function problem(kind: string, status: number): Answer {
  return [status, { type: `/api?f=html#${kind}`, title: "T", status, detail: "What happened.", advice: "What to do.", part: "name" }];
}

beforeEach(() => {
  asked = [];
  session.csrf = "word";
  session.renew = async () => {};
  vi.stubGlobal("fetch", async (path: string, options: RequestInit) => {
    const headers = new Headers(options.headers);
    asked.push({ path, method: options.method ?? "GET", csrf: headers.get("x-csrf-token") });
    const [status, body, more] = answers.shift() ?? [204];
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers: more ?? {} });
  });
});

afterEach(() => vi.unstubAllGlobals());

describe("a change in a session", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE"] as const)("carries the word of its page: %s", async (method) => {
    await send(method, "/api/runs/x", {});
    expect(asked).toEqual([{ path: "/api/runs/x", method, csrf: "word" }]);
  });

  it("carries none when nobody is signed in, nor does a question", async () => {
    answers = [[200, {}], [204]];
    await get("/api/me");
    session.csrf = null;
    await send("DELETE", "/api/runs/x", {});
    expect(asked.map(({ csrf }) => csrf)).toEqual([null, null]);
  });

  it("is sent once more with the word of a session that began in another tab", async () => {
    answers = [problem("csrf", 403), [200, { id: "x" }]];
    session.renew = async () => void (session.csrf = "newer");
    expect(await send("PATCH", "/api/runs/x", { json: { title: "T" } })).toEqual({ id: "x" });
    expect(asked.map(({ csrf }) => csrf)).toEqual(["word", "newer"]);
  });

  it("is not sent again where the word was right", async () => {
    answers = [problem("csrf", 403), [204]];
    await expect(send("DELETE", "/api/runs/x", {})).rejects.toMatchObject({ kind: "csrf" });
    expect(asked).toHaveLength(1);
  });
});

describe("a refusal", () => {
  it("makes sure who we are, when we thought that somebody was signed in", async () => {
    let renewed = 0;
    session.renew = async () => void (renewed += 1);
    answers = [problem("sign-in-needed", 401), problem("refused", 403), problem("invalid-filter", 400)];
    for (let i = 0; i < 3; i += 1) await expect(get("/collections/x/items")).rejects.toThrow("What happened.");
    expect(renewed).toBe(2);
    session.csrf = null;
    answers = [problem("sign-in-needed", 401)];
    await expect(get("/collections/x/items")).rejects.toThrow();
    expect(renewed).toBe(2);
  });

  it("says its kind, the part at fault and how long to wait", async () => {
    const [status, body] = problem("too-often", 429);
    answers = [[status, body, { "retry-after": "16" }]];
    const error: unknown = await get("/api/me").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 429, kind: "too-often", part: "name", waitS: 16, advice: "What to do." });
  });
});
