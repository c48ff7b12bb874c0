import { expect } from "vitest";
import type { History } from "../../src/history/model";

/** Every event is in exactly one group, and the group is the one that the event names. */
export function groupsHoldEachEventOnce(history: History): void {
  const groups = [
    ...history.visits.map(({ events }) => events),
    ...history.scopes.map(({ events }) => events),
    history.unplaced,
  ];
  expect(groups.flat().toSorted((one, other) => one - other)).toEqual(history.events.map(({ index }) => index));
  for (const visit of history.visits) {
    for (const event of visit.events) expect(history.events[event]?.visit).toBe(visit.index);
    const inAttempts = visit.attempts.flatMap(({ events }) => events);
    expect(inAttempts).toEqual(visit.events.filter((event) => history.events[event]?.attempt !== -1));
  }
}
