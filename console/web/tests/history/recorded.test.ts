import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readHistory } from "../../src/history/append";
import {
  endIsFinal,
  flowsAreApart,
  groupsHoldEachEventOnce,
  samePageByPage,
  totalsAreThoseOfTheEvents,
} from "./invariants";

const FOLDER = new URL("../histories/", import.meta.url);

interface Recorded {
  /** Per event the flow that the engine ran it in. */
  flows: number[];
  /** What the operations API says of each state; times in seconds. */
  states: Told[];
  events: unknown[];
}

interface Told {
  name: string;
  type: string;
  status: string;
  entered_at: number;
  left_at: number | null;
  visits: number;
  attempts: number;
  failures: number;
  error: string | null;
}

const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".json") ? [file.replace(".json", "")] : []));

describe.each(NAMES)("the recorded history %s", (name) => {
  const { flows, states, events }: Recorded = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
  const history = readHistory(events);

  test("has a place for every event", () => {
    expect(history.unplaced).toEqual([]);
    groupsHoldEachEventOnce(history);
    totalsAreThoseOfTheEvents(history);
    samePageByPage(events);
    endIsFinal(history);
  });

  test("keeps the flows apart that the engine has run", () => {
    flowsAreApart(history, flows);
  });

  test("says of each state what the operations API says", () => {
    const said = [...history.states.values()].map((state) => ({
      name: state.name,
      type: state.type,
      // The API calls a state FAILED until it is tried again.
      status: state.status === "RETRYING" ? "FAILED" : state.status,
      entered_at: seconds(state.enteredAt),
      left_at: seconds(state.leftAt),
      visits: state.visits,
      attempts: state.attempts,
      failures: state.failures,
      error: state.error,
    }));
    expect(said).toEqual(states);
  });
});

function seconds(at: number | null): number | null {
  return at === null ? null : at / 1000;
}

const CONFORMANCE = new URL("../../../../../shared/conformance/cases/", import.meta.url);

describe("what AWS has recorded", () => {
  const there = existsSync(CONFORMANCE);
  test.skipIf(!there)("is read whole, where the recordings are found beside the repository", () => {
    let read = 0;
    for (const file of readdirSync(CONFORMANCE)) {
      for (const events of historiesIn(JSON.parse(readFileSync(new URL(file, CONFORMANCE), "utf8")))) {
        const history = readHistory(events);
        groupsHoldEachEventOnce(history);
        totalsAreThoseOfTheEvents(history);
        expect(
          history.unplaced.map((index) => history.events[index]?.type),
          file,
        ).toEqual([]);
        read += 1;
      }
    }
    expect(read).toBeGreaterThan(300);
  });
});

/** The events of every history in a recording whose events have kept their order. */
function historiesIn(value: unknown): unknown[][] {
  if (Array.isArray(value)) return value.flatMap(historiesIn);
  if (typeof value !== "object" || value === null) return [];
  const { events } = value as { events?: unknown };
  if (Array.isArray(events) && events.length > 0 && events.every(isOrdered)) return [events];
  return Object.values(value).flatMap(historiesIn);
}

function isOrdered(event: unknown, index: number): boolean {
  return typeof event === "object" && event !== null && (event as { id?: unknown }).id === index + 1;
}
