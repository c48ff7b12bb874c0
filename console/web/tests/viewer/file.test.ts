import { describe, expect, test } from "vitest";
import type { ExecutionData } from "../../src/execution/data";
import { exported } from "../../src/execution/export";
import { readFile } from "../../src/viewer/file";
import { mapHistory } from "../execution/events";

function opened(text: string) {
  const content = readFile(text);
  if (content.kind !== "history") throw new Error(JSON.stringify(content));
  return content;
}

describe("a file", () => {
  test("that was exported shows what was exported", () => {
    const { data } = opened(JSON.stringify({ events: mapHistory() }));
    const before: ExecutionData = { ...data, workflow: "w", name: "n", definition: '{"StartAt":"A","States":{}}' };
    const { data: after, notes } = opened(exported(before));
    expect(after).toEqual(before);
    expect(notes).toEqual([]);
  });

  test("of the AWS CLI is read, with times as text or in seconds, the newest or the oldest first", () => {
    const events = mapHistory();
    const seconds = events.map((event) => ({ ...event, timestamp: Date.parse(event.timestamp) / 1000 }));
    const { data } = opened(JSON.stringify({ events }));
    expect(data).toMatchObject({ status: "RUNNING", input: '{"items":[1,2,3]}', definition: null, name: null });
    expect(opened(JSON.stringify({ events: seconds })).data.startedAt).toBe(data.startedAt);
    expect(opened(JSON.stringify({ events: events.toReversed() })).data.history.visits).toEqual(data.history.visits);
  });

  test("that is one page of many says so", () => {
    const { notes } = opened(JSON.stringify({ events: mapHistory(), NextToken: "x" }));
    expect(notes[0]).toMatch(/part of the history only/);
  });

  test("never shows a task token", () => {
    const token = `AQC${"k7Qz".repeat(60)}`;
    const events = mapHistory();
    events.push({
      id: events.length + 1,
      previousEventId: events.length,
      type: "TaskScheduled",
      timestamp: "2026-03-01T12:01:00Z",
      taskScheduledEventDetails: { parameters: JSON.stringify({ Payload: { token } }) },
    });
    const { data } = opened(JSON.stringify({ events }));
    expect(JSON.stringify(data.history.events)).not.toContain(token.slice(0, 50));
    expect(JSON.stringify(data.history.events)).toContain("[hidden: may be a task token]");
  });

  test("with a definition is told from a history", () => {
    expect(readFile('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}').kind).toBe("definition");
  });

  test.each([
    ["", /not JSON/],
    ["PK\u0003\u0004", /not JSON/],
    ["[]", /not an object/],
    ['{"executionArn": "x"}', /no list of events/],
    ['{"events": []}', /empty/],
    ['{"events": [1, null, {"a": 1}]}', /no events of a history/],
    ['{"format": "baton-history/2", "events": [{}]}', /baton-history\/2.*baton-history\/1/],
  ])("that is %j can't be shown, and why is said", (text, problem) => {
    expect(readFile(text)).toEqual({ kind: "problem", problem: expect.stringMatching(problem) });
  });
});
