import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { append, readHistory } from "../../src/history/append";
import type { History } from "../../src/history/model";
import { EMPTY } from "../../src/history/model";
import { groupsHoldEachEventOnce } from "./invariants";
import { told } from "./told";

const TOKEN_TASK = "arn:aws:states:::lambda:invoke.waitForTaskToken";

const state = (history: History, name: string) => history.states.get(name);

const RETRIED = told(
  [0, "ExecutionStarted", { input: "{}" }],
  [0, "TaskStateEntered", { name: "Charge", input: "{}" }],
  [2, "LambdaFunctionScheduled", { resource: "arn", timeoutInSeconds: 5 }],
  [3, "LambdaFunctionStarted"],
  [4, "LambdaFunctionFailed", { error: "Busy", cause: "later" }],
  [5, "LambdaFunctionScheduled", { resource: "arn" }],
  [6, "LambdaFunctionStarted"],
  [7, "LambdaFunctionFailed", { error: "Declined", cause: "no" }],
  [8, "TaskStateExited", { name: "Charge", output: "{}" }],
  [9, "SucceedStateEntered", { name: "Done", input: "{}" }],
  [10, "SucceedStateExited", { name: "Done", output: "{}" }],
  [11, "ExecutionSucceeded", { output: "{}" }],
);

describe("a task", () => {
  test("that fails, is tried again and caught", () => {
    const history = readHistory(RETRIED);
    expect(state(history, "Charge")).toMatchObject({
      status: "CAUGHT",
      visits: 1,
      attempts: 2,
      failures: 2,
      error: "Declined",
    });
    const attempts = history.visits[0]?.attempts ?? [];
    expect(attempts.map(({ status, error, delay, events }) => ({ status, error, delay, events }))).toEqual([
      { status: "FAILED", error: "Busy", delay: null, events: [2, 3, 4] },
      { status: "FAILED", error: "Declined", delay: 1000, events: [5, 6, 7] },
    ]);
    expect(history).toMatchObject({
      status: "SUCCEEDED",
      input: "{}",
      output: "{}",
      startedAt: 1_000_000,
      endedAt: 1_011_000,
    });
  });

  test("is to be tried again while the execution goes on after its failure", () => {
    expect(state(readHistory(RETRIED.slice(0, 5)), "Charge")?.status).toBe("RETRYING");
  });

  test("waits for its token until it is answered", () => {
    const waiting = told(
      [0, "ExecutionStarted"],
      [0, "TaskStateEntered", { name: "Await" }],
      [2, "TaskScheduled", { resource: TOKEN_TASK, heartbeatInSeconds: 60 }],
      [3, "TaskStarted"],
      [4, "TaskSubmitted"],
      [5, "TaskSucceeded"],
    );
    const before = readHistory(waiting.slice(0, 5));
    expect(state(before, "Await")).toMatchObject({ status: "WAITING", waiting: 1 });
    expect(state(append(before, waiting.slice(5)), "Await")).toMatchObject({ status: "RUNNING", waiting: 0 });
  });
});

test("branches that interleave are told apart by the events that they follow", () => {
  const history = readHistory(
    told(
      [0, "ExecutionStarted"],
      [0, "ParallelStateEntered", { name: "Both" }],
      [2, "ParallelStateStarted"],
      [3, "PassStateEntered", { name: "A1" }],
      [3, "WaitStateEntered", { name: "B1" }],
      [4, "PassStateExited", { name: "A1" }],
      [6, "PassStateEntered", { name: "A2" }],
      [5, "WaitStateExited", { name: "B1" }],
      [7, "PassStateExited", { name: "A2" }],
      [9, "ParallelStateSucceeded"],
      [9, "ParallelStateExited", { name: "Both" }],
      [11, "ExecutionSucceeded"],
    ),
  );
  const names = (scope: number) => history.scopes[scope]?.visits.map((index) => history.visits[index]?.name);
  expect(history.visits[0]?.attempts[0]?.scopes.map(names)).toEqual([["A1", "A2"], ["B1"]]);
  expect(history.scopes.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
  expect(history.unplaced).toEqual([]);
});

test("an execution that is redriven goes on in the state that failed", () => {
  const failed = told(
    [0, "ExecutionStarted"],
    [0, "TaskStateEntered", { name: "Work" }],
    [2, "LambdaFunctionScheduled", { resource: "arn" }],
    [3, "LambdaFunctionFailed", { error: "Broken" }],
    [4, "ExecutionFailed", { error: "Broken" }],
    [5, "ExecutionRedriven", { redriveCount: 1 }],
    [6, "LambdaFunctionScheduled", { resource: "arn" }],
    [7, "LambdaFunctionSucceeded"],
    [8, "TaskStateExited", { name: "Work" }],
    [9, "ExecutionSucceeded"],
  );
  expect(state(readHistory(failed.slice(0, 5)), "Work")?.status).toBe("FAILED");
  const history = readHistory(failed);
  expect(state(history, "Work")).toMatchObject({ status: "SUCCEEDED", visits: 1, attempts: 2, failures: 1 });
  expect(history.visits[0]?.attempts.map(({ redriven }) => redriven)).toEqual([false, true]);
  expect(history).toMatchObject({ status: "SUCCEEDED", error: null, redrives: [{ event: 5, at: 1_005_000 }] });
});

describe("what changes", () => {
  test("is new, and what does not is the same object", () => {
    const before = readHistory(RETRIED.slice(0, 10));
    const after = append(before, RETRIED.slice(10));
    expect(after.visits[0]).toBe(before.visits[0]);
    expect(after.visits[1]).not.toBe(before.visits[1]);
    expect(after.events[3]).toBe(before.events[3]);
    expect(after.states.get("Charge")).toBe(before.states.get("Charge"));
    expect(append(after, [])).toBe(after);
  });

  test("leaves the history before as it was", () => {
    const before = readHistory(RETRIED.slice(0, 6));
    const copy = structuredClone(before);
    const [one, other] = [append(before, RETRIED.slice(6)), append(before, RETRIED.slice(6))];
    expect(before).toEqual(copy);
    expect(one).toEqual(other);
  });
});

describe("exports that someone has cut or changed", () => {
  test("with the newest event first read the same", () => {
    expect(readHistory(RETRIED.toReversed())).toEqual(readHistory(RETRIED));
  });

  test("without their beginning: what can't be placed is counted", () => {
    const history = readHistory(RETRIED.slice(3));
    expect(history.unplaced.map((index) => history.events[index]?.id)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(state(history, "Done")?.status).toBe("SUCCEEDED");
    expect(history.status).toBe("SUCCEEDED");
  });

  test("without previous events, as of engines that tell none", () => {
    const history = readHistory(RETRIED.map(({ previousEventId: _, ...event }) => event));
    expect(state(history, "Charge")).toMatchObject({ status: "CAUGHT", attempts: 2, failures: 2 });
    expect(history.unplaced).toEqual([]);
  });

  test("with types that nobody knows yet, which stand in nobody's way", () => {
    const events = structuredClone(RETRIED);
    if (events[3] !== undefined) events[3].type = "LambdaFunctionPondered";
    const history = readHistory(events);
    expect(history.unplaced).toEqual([3]);
    expect(state(history, "Charge")).toMatchObject({ status: "CAUGHT", attempts: 2, failures: 2 });
  });

  test("with events twice, or after the end", () => {
    const history = readHistory([
      ...RETRIED,
      ...RETRIED.slice(10),
      { id: 99, type: "PassStateEntered", previousEventId: 12 },
    ]);
    expect(history.unplaced).toEqual([12, 13, 14]);
    expect(history.status).toBe("SUCCEEDED");
  });

  test("with anything at all", () => {
    const types = [
      ...new Set(RETRIED.map(({ type }) => type)),
      "MapIterationStarted",
      "MapStateStarted",
      "ExecutionRedriven",
    ];
    const details = fc.record(
      { name: fc.constantFrom("A", "B"), index: fc.nat(2), resource: fc.string() },
      { requiredKeys: [] },
    );
    const given = fc.oneof(
      fc.anything(),
      fc.record(
        {
          id: fc.oneof(fc.nat(20), fc.anything()),
          previousEventId: fc.oneof(fc.nat(20), fc.anything()),
          type: fc.oneof(fc.constantFrom(...types), fc.string()),
          timestamp: fc.oneof(fc.date(), fc.double(), fc.string()),
          stateEnteredEventDetails: fc.oneof(details, fc.anything()),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.array(given, { maxLength: 30 }), (events) => groupsHoldEachEventOnce(readHistory(events))),
    );
  });
});

test.each([
  ["2026-01-01T00:00:00.123Z", 1_767_225_600_123],
  ["2026-01-01T01:00:00.123456+01:00", 1_767_225_600_123],
  [1_767_225_600.123, 1_767_225_600_123],
  ["1767225600.123", 1_767_225_600_123],
  [1_767_225_600_123, 1_767_225_600_123],
  ["yesterday", null],
  ["", null],
  [null, null],
])("the time %j is read", (timestamp, at) => {
  expect(append(EMPTY, [{ id: 1, type: "ExecutionStarted", timestamp }]).startedAt).toBe(at);
});
