import { describe, expect, test } from "vitest";
import { append, readHistory } from "../../src/history/append";
import { barsOf, drawRow, visitAt } from "../../src/history/bars";
import type { Visit } from "../../src/history/model";
import { ticks } from "../../src/history/ticks";
import { openedFor, type StateRow, timelineRows } from "../../src/history/timeline";
import { chain, told } from "./told";

const START = 1_000_000;
const NONE_OPENED = new Map<string, boolean>();
const TOKEN_TASK = "arn:aws:states:::lambda:invoke.waitForTaskToken";

/** A Map state over so many items, one after the other. */
function over(items: number) {
  const events: Parameters<typeof told> = [
    [0, "ExecutionStarted"],
    [0, "MapStateEntered", { name: "Each" }],
    [2, "MapStateStarted", { length: items }],
  ];
  for (let index = 0; index < items; index += 1) {
    events.push([3, "MapIterationStarted", { name: "Each", index }]);
    events.push([events.length, "PassStateEntered", { name: "Do" }]);
    events.push([events.length, "PassStateExited", { name: "Do" }]);
    events.push([events.length, "MapIterationSucceeded", { name: "Each", index }]);
  }
  return readHistory(told(...events));
}

const outline = (rows: ReturnType<typeof timelineRows>) =>
  rows.map(({ level, label }) => `${"  ".repeat(level - 1)}${label}`);

describe("the rows", () => {
  test("are the states, each with all its visits", () => {
    const rows = timelineRows(readHistory(chain(30)), NONE_OPENED);
    expect(outline(rows)).toEqual(["Load", "Check", "Store"]);
    expect((rows[1] as StateRow).visits).toHaveLength(10);
  });

  test("of a few iterations are all there, of some only their heads, of many none, until someone opens them", () => {
    expect(outline(timelineRows(over(2), NONE_OPENED))).toEqual([
      "Each",
      "  Iteration 1",
      "    Do",
      "  Iteration 2",
      "    Do",
    ]);
    expect(outline(timelineRows(over(5), NONE_OPENED))).toHaveLength(6);
    const many = over(500);
    expect(outline(timelineRows(many, NONE_OPENED))).toEqual(["Each"]);
    const rows = timelineRows(many, openedFor(many, 301));
    expect(outline(rows).slice(300, 304)).toEqual(["  Iteration 300", "  Iteration 301", "    Do", "  Iteration 302"]);
    expect((rows[302] as StateRow).visits).toEqual([301]);
  });

  test("say where each stands among its siblings", () => {
    const rows = timelineRows(over(2), NONE_OPENED);
    expect(rows.map(({ level, position, siblings }) => [level, position, siblings])).toEqual([
      [1, 1, 1],
      [2, 1, 2],
      [3, 1, 1],
      [2, 2, 2],
      [3, 1, 1],
    ]);
  });
});

const WAITED = told(
  [0, "ExecutionStarted"],
  [0, "TaskStateEntered", { name: "Await" }],
  [2, "TaskScheduled", { resource: TOKEN_TASK }],
  [3, "TaskStarted"],
  [4, "TaskSubmitted"],
  [5, "TaskTimedOut", { error: "States.Timeout" }],
  [6, "TaskScheduled", { resource: TOKEN_TASK }],
  [7, "TaskStarted"],
  [8, "TaskSubmitted"],
);

describe("the bars of a visit", () => {
  test("are its attempts, what they wait, and what lies between", () => {
    const visit = readHistory(WAITED).visits[0] as Visit;
    expect(
      barsOf(visit, START + 60_000).map(({ from, to, shape, status }) => [from - START, to - START, shape, status]),
    ).toEqual([
      [1000, 2000, "thin", "WAITING"],
      [2000, 4000, "work", "TIMED_OUT"],
      [4000, 5000, "wait", "TIMED_OUT"],
      [5000, 6000, "thin", "WAITING"],
      [6000, 8000, "work", "WAITING"],
      [8000, 60_000, "wait", "WAITING"],
    ]);
  });

  test("of a visit that has ended are made once", () => {
    const before = readHistory(chain(4));
    const after = append(before, [{ id: 99, type: "Mystery" }]);
    expect(barsOf(after.visits[1] as Visit, 5)).toBe(barsOf(before.visits[1] as Visit, 7));
  });

  test("cost no more than the pixels that they are drawn on", () => {
    const history = readHistory(chain(12_000));
    const [row] = timelineRows(history, NONE_OPENED);
    const view = { from: START, to: START + 24_002_000, width: 800 };
    const drawn = drawRow(history, row as StateRow, view, 0);
    expect(drawn.map(({ shape, status }) => [shape, status])).toEqual([["work", "SUCCEEDED"]]);
    expect(drawn[0]?.path.split("M").length).toBeLessThan(402);
  });

  test("show a failure among many that succeeded, however narrow", () => {
    const events = chain(3_000);
    const failure = {
      id: 3_001,
      previousEventId: 3_000,
      type: "EvaluationFailed",
      evaluationFailedEventDetails: { state: "Store" },
    };
    const history = readHistory([
      ...events.slice(0, 3_000),
      failure,
      ...told([3_001, "ExecutionFailed"]).map((one) => ({ ...one, id: 3_002 })),
    ]);
    const rows = timelineRows(history, NONE_OPENED);
    const failed = rows.find(({ status }) => status === "FAILED") as StateRow;
    const statuses = drawRow(history, failed, { from: START, to: START + 10_000_000, width: 400 }, 0).map(
      ({ status }) => status,
    );
    expect(statuses).toContain("FAILED");
  });
});

test("the visit under the pointer is found among thousands", () => {
  const history = readHistory(chain(9_000));
  const { visits } = timelineRows(history, NONE_OPENED)[0] as StateRow;
  const wanted = history.visits[visits[2_000] as number] as Visit;
  expect(visitAt(history, visits, wanted.enteredAt as number, 10, 0)).toBe(wanted);
  expect(visitAt(history, visits, (wanted.enteredAt as number) + 3_000, 500, 0)).toBeNull();
});

test.each([
  [0, 10_000, 5, [0, 2_000, 4_000, 6_000, 8_000, 10_000]],
  [1_234, 1_240, 4, [1_234, 1_236, 1_238, 1_240]],
  [0, 14 * 86_400_000, 4, [0, 5, 10].map((days) => days * 86_400_000)],
])("ticks between %d and %d, at most %d", (from, to, most, expected) => {
  expect(ticks(from, to, most)).toEqual(expected);
});
