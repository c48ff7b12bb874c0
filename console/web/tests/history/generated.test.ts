import fc from "fast-check";
import { expect, test } from "vitest";
import { readHistory } from "../../src/history/append";
import { generated } from "./generated";
import {
  endIsFinal,
  flowsAreApart,
  groupsHoldEachEventOnce,
  samePageByPage,
  totalsAreThoseOfTheEvents,
} from "./invariants";

const RUNS = { numRuns: 200 };

test("of any machine each event has its place, flows are told apart, and totals are those of the events", () => {
  fc.assert(
    fc.property(generated, ({ events, flows }) => {
      const history = readHistory(events);
      expect(history.unplaced).toEqual([]);
      groupsHoldEachEventOnce(history);
      totalsAreThoseOfTheEvents(history);
      flowsAreApart(history, flows);
      endIsFinal(history);
    }),
    RUNS,
  );
});

test("a history that is cut into pages anywhere is the same", () => {
  fc.assert(
    fc.property(generated, fc.integer({ min: 1, max: 40 }), ({ events }, size) => samePageByPage(events, size)),
    RUNS,
  );
});

test("events that are left out, changed or moved are counted, and no more goes wrong", () => {
  const spoil = fc.record({ at: fc.nat(80), how: fc.constantFrom("leave out", "forget", "double", "swap", "rename") });
  fc.assert(
    fc.property(generated, fc.array(spoil, { minLength: 1, maxLength: 5 }), ({ events }, changes) => {
      const spoilt: Record<string, unknown>[] = events.map((event) => ({ ...event }));
      for (const { at, how } of changes) {
        const event = spoilt[at];
        if (event === undefined) continue;
        if (how === "leave out") spoilt.splice(at, 1);
        if (how === "forget") delete event.previousEventId;
        if (how === "double") spoilt.splice(at, 0, event);
        if (how === "swap") spoilt.push(...spoilt.splice(at, 1));
        if (how === "rename") event.type = "Mystery";
      }
      const history = readHistory(spoilt);
      groupsHoldEachEventOnce(history);
      totalsAreThoseOfTheEvents(history);
      samePageByPage(spoilt);
    }),
    RUNS,
  );
});
