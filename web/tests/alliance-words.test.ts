import { describe, expect, it } from "vitest";
import { broken, drawingOf, flowsOf } from "../src/alliance/drawing";
import { agreementsSentence, partnersSentence, sharingSentence } from "../src/alliance/sentences";
import { nextSentence, stagesOf, turnOf } from "../src/alliance/stages";
import { answersWords, grouped, isSame, lasts } from "../src/alliance/words";
import { agreement, peer, shared } from "./alliance-documents";

const NOW = new Date("2026-11-23T15:00:00Z");
const LONDON = { zone: "Europe/London", locale: "en-GB" };

describe("a fingerprint", () => {
  it("is read out in groups of four", () => {
    expect(grouped("3F9A0c5be1")).toEqual(["3f9a", "0c5b", "e1"]);
  });

  it("is the same however it was parted", () => {
    expect(isSame("3F9A-0C5B e1d2", "3f9a0c5be1d2")).toBe(true);
    expect(isSame("3f9a 0c5b e1d3", "3f9a0c5be1d2")).toBe(false);
  });
});

describe("a partner", () => {
  it("says whether it answers, or since when it has not", () => {
    expect(answersWords(peer(), LONDON)).toBe("Answers now.");
    const down = peer({ answers: false, seen_at: "2026-11-20T12:04:00Z", failure: "It did not answer within 5 s" });
    expect(answersWords(down, LONDON)).toBe("Has not answered since 20 Nov 2026, 12:04. It did not answer within 5 s.");
    expect(answersWords(peer({ answers: false, seen_at: null }), LONDON)).toBe("Has not answered yet.");
  });

  it("is told of in one sentence with the others", () => {
    expect(partnersSentence([])).toBe("Paired with no other node yet.");
    expect(partnersSentence([peer()])).toBe("Paired with London Datastore. It answers now.");
    const milan = peer({ id: "milan", title: "Milano", standing: "asks", answers: false });
    expect(partnersSentence([peer({ answers: false }), milan])).toBe(
      "Paired with London Datastore. London Datastore does not answer. Milano asks to be paired.",
    );
  });
});

describe("an agreement", () => {
  it("is on its way from the request until it is in force", () => {
    const marks = stagesOf(agreement("ACCEPTED"), NOW).map(({ mark }) => mark);
    expect(marks).toEqual(["done", "done", "now", "ahead", "ahead", "ahead"]);
  });

  it("keeps the way it came when it was ended", () => {
    const stages = stagesOf(agreement("TERMINATED", {}, 2), NOW);
    expect(stages.map(({ name, mark }) => [name, mark]).filter(([, mark]) => mark !== "ahead")).toEqual([
      ["Requested", "done"],
      ["Offered", "done"],
      ["Ended", "now"],
    ]);
  });

  it("runs out by itself", () => {
    const later = new Date("2027-06-02T00:00:00Z");
    const over = agreement("FINALIZED");
    expect(stagesOf(over, later).at(-1)?.name).toBe("Ran out");
    expect(lasts(over, later, LONDON)).toBe("Ran out on 31 May 2027.");
  });

  it("says how long it lasts", () => {
    expect(lasts(agreement("FINALIZED"), NOW, LONDON)).toBe("189 days left, until 31 May 2027.");
    expect(lasts(agreement("FINALIZED"), new Date("2027-05-31T21:30:00Z"), LONDON)).toBe("1 hour left, until 31 May 2027.");
    expect(lasts(agreement("FINALIZED"), new Date("2026-10-01T00:00:00Z"), LONDON)).toBe("Begins on 1 Nov 2026.");
    expect(lasts(agreement("TERMINATED", { reason: "The pilot is over." }, 6), NOW, LONDON)).toBe("Ended on 20 Nov 2026: The pilot is over.");
  });

  it("says whose turn it is", () => {
    expect(turnOf(agreement("OFFERED"))).toBe("consumer");
    expect(nextSentence(agreement("OFFERED"), NOW)).toBe("Your turn: accept the offer, or ask for something else.");
    expect(nextSentence(agreement("REQUESTED"), NOW)).toBe("London Datastore has to make an offer.");
    expect(nextSentence(agreement("FINALIZED"), NOW)).toBe("In force.");
  });

  it("needs an assessment first where the data are of people", () => {
    const asked = agreement("REQUESTED", { role: "provider", assessment_needed: "The data are of people.", assessment_draft: null });
    expect(nextSentence(asked, NOW)).toBe("Your turn: write the impact assessment, then make an offer. The data are of people.");
    const drafted = { description: "d", necessity: "n", risks: "r", measures: "m", residual: "low", by: "Ada", at: "2026-11-01T00:00:00Z" } as const;
    expect(nextSentence({ ...asked, assessment_draft: drafted }, NOW)).toBe("Your turn: make an offer.");
  });

  it("is counted with the others in one sentence", () => {
    const all = [agreement("FINALIZED"), agreement("OFFERED"), agreement("ACCEPTED"), agreement("TERMINATED", {}, 3)];
    expect(agreementsSentence(all, NOW)).toBe("1 agreement is in force, 2 are being agreed, of which 1 waits for you.");
    expect(agreementsSentence([agreement("OFFERED")], NOW)).toBe("No agreement is in force, 1 is being agreed and waits for you.");
    expect(agreementsSentence([], NOW)).toBe("There is no agreement yet.");
  });
});

describe("what is shared", () => {
  it("is said in one sentence", () => {
    expect(sharingSentence("Chicago", [])).toBe("Nothing is shared with another city.");
    const given = shared({ direction: "given", datasets: [{ id: "chicago.a", title: "A" }, { id: "chicago.b", title: "B" }], agreement: "b" });
    expect(sharingSentence("Chicago", [shared(), given])).toBe("Chicago gives London Datastore 2 datasets and gets 1 dataset from it.");
  });

  it("is drawn as one line for each dataset, none over another", () => {
    const given = shared({ direction: "given", datasets: [{ id: "chicago.a", title: "A" }, { id: "chicago.b", title: "B" }], agreement: "b" });
    const flows = flowsOf([shared(), given]);
    expect(flows.map(({ city, what }) => [city, what])).toEqual([
      ["london", "ask for counts and statistics"],
      ["chicago", "ask for counts and statistics"],
      ["chicago", "ask for counts and statistics"],
    ]);
    for (const width of [328, 820]) {
      const { height, stations } = drawingOf(flows, width);
      const heights = stations.flatMap(({ flows: drawn }) => drawn.flatMap(({ lines, y, whats }) => [...lines.map((line) => line.y), y, ...whats.map((line) => line.y)]));
      expect([...heights].sort((a, b) => a - b)).toEqual(heights);
      expect(new Set(heights).size).toBe(heights.length);
      expect(height).toBeGreaterThan(Math.max(...heights));
    }
  });

  it("has long titles in several lines", () => {
    expect(broken("Homes by community area and rent", 16)).toEqual(["Homes by", "community area", "and rent"]);
  });
});
