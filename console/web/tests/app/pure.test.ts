import { describe, expect, test } from "vitest";
import { crumbsOf } from "../../src/app/crumbs";
import { isMissingChunk } from "../../src/app/error-boundary";
import { ageOf, lengthOf } from "../../src/app/periods";
import { makeReader } from "../../src/app/shortcuts";
import { cursorsIn } from "../../src/app/trail";
import { BEGUN, changesOf, dayBeside, dayIn } from "../../src/audit/records";
import { inWords, topOf } from "../../src/overview/rates";

describe("a length of time", () => {
  test.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1250, "1.25 s"],
    [59_999, "59 s"],
    [65_000, "1 min 5 s"],
    [3_600_000, "1 h"],
    [3_601_000, "1 h"],
    [180_000_000, "2 d 2 h"],
    [-5, "0 ms"],
  ])("%i ms is %s", (ms, words) => expect(lengthOf(ms)).toBe(words));

  test.each([
    [0, "just now"],
    [7_400, "7 s ago"],
    [61_000, "1 min ago"],
    [7_860_000, "2 h 11 min ago"],
    [-120_000, "in 2 min"],
  ])("%i ms after is %s", (ms, words) => expect(ageOf(1_000_000_000, 1_000_000_000 + ms)).toBe(words));
});

describe("keys", () => {
  test("two after each other go to a page, unless too much time is between them", () => {
    const read = makeReader();
    expect(read("g", 0)).toEqual({ does: "nothing" });
    expect(read("e", 500)).toEqual({ does: "go", to: "/executions" });
    read("g", 1000);
    expect(read("e", 5000)).toEqual({ does: "nothing" });
  });

  test("others mean something by themselves", () => {
    const read = makeReader();
    expect(read("/", 0)).toEqual({ does: "filter" });
    expect(read("?", 1)).toEqual({ does: "help" });
    read("g", 2);
    expect(read("?", 3)).toEqual({ does: "help" });
  });
});

describe("the way to a page", () => {
  test("of an execution leads over its workflow's", () => {
    expect(crumbsOf("/executions/email-campaign/Label%3A0a").map(({ text }) => text)).toEqual([
      "Executions",
      "email-campaign",
      "Label:0a",
    ]);
  });

  test.each(["/", "/overview", "/executions", "/executions/%", "/no/such/page"])("of %s is nothing", (path) => {
    expect(crumbsOf(path)).toEqual([]);
  });
});

describe("the audit trail", () => {
  const record = (request_id: string, outcome: string) => ({
    request_id,
    outcome,
    at: "2026-03-01T10:00:00Z",
    by: "olga",
    operation: "stop",
    target: "w/n",
    reason: "because",
  });

  test("has one row for a change, and one for a change that nobody saw end", () => {
    const records = [record("2", BEGUN), record("1", "done"), record("1", BEGUN)];
    expect(changesOf(records).map(({ request_id, outcome }) => [request_id, outcome])).toEqual([
      ["2", BEGUN],
      ["1", "done"],
    ]);
  });

  test("begins with today, also when the address has no such day", () => {
    const now = Date.UTC(2026, 2, 1, 23, 59);
    expect(dayIn(new URLSearchParams("day=2026-02-28"), now)).toBe("2026-02-28");
    expect(dayIn(new URLSearchParams("day=2026-02-30"), now)).toBe("2026-03-01");
    expect(dayBeside("2026-03-01", -1)).toBe("2026-02-28");
  });
});

test("the cursors of a list are texts, or there are none", () => {
  expect(cursorsIn({ cursors: ["a", "b"] })).toEqual(["a", "b"]);
  for (const state of [null, 1, {}, { cursors: [1] }, { cursors: "a" }]) expect(cursorsIn(state)).toEqual([]);
});

test("the chart's axis ends where nothing is above", () => {
  const rate = (started: number) => ({ since: "", started, succeeded: 0, failed: 0 });
  expect([0, 1, 3, 10, 11, 51, 999].map((most) => topOf([rate(most)]))).toEqual([1, 1, 5, 10, 20, 100, 1000]);
  expect(inWords([rate(3), rate(4)])).toContain("7 executions started");
});

test.each([
  "Failed to fetch dynamically imported module: https://console.example/assets/page-1.js",
  "error loading dynamically imported module",
  "Importing a module script failed.",
  "Unable to preload CSS for /assets/page-1.css",
])("%s: a part of the page is gone", (message) => {
  expect(isMissingChunk(new TypeError(message))).toBe(true);
  expect(isMissingChunk(new TypeError("x is not a function"))).toBe(false);
});
