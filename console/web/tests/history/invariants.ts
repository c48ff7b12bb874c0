import { expect } from "vitest";
import { append } from "../../src/history/append";
import { EMPTY, type History, NONE } from "../../src/history/model";

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

const SCHEDULED = /^(Task|LambdaFunction|Activity)Scheduled$/;
const FAILED = /^(Task|LambdaFunction|Activity)(Schedule|Start|Submit)?(Failed|TimedOut)$/;

/** Visits, attempts and failures are as many as the events say, over all and for each state. */
export function totalsAreThoseOfTheEvents(history: History): void {
  const placed = history.events.filter(({ scope }) => scope >= 0);
  const count = (type: RegExp) => placed.filter((event) => type.test(event.type)).length;
  const states = [...history.states.values()];
  const sum = (key: "visits" | "attempts" | "failures") => states.reduce((total, state) => total + state[key], 0);
  expect(sum("visits")).toBe(count(/StateEntered$/));
  expect(history.visits.length).toBe(count(/StateEntered$/));
  expect(sum("attempts")).toBe(count(SCHEDULED));
  expect(sum("failures")).toBe(count(FAILED));
  expect(history.visits.filter(({ exited }) => exited).length).toBe(count(/StateExited$/));
  expect(history.scopes.filter(({ kind }) => kind === "iteration").length).toBe(count(/^MapIterationStarted$/));
  expect(history.redrives.length).toBe(count(/^ExecutionRedriven$/));
  for (const state of states) {
    const visits = history.visits.filter(({ name }) => name === state.name);
    expect(state.visits).toBe(visits.length);
    expect(state.open).toBe(visits.filter(({ ended }) => !ended).length);
    expect(state.waiting).toBe(visits.filter(({ status }) => status === "WAITING").length);
    expect(state.failures).toBe(
      visits.flatMap(({ events }) => events).filter((event) => FAILED.test(history.events[event]?.type ?? "")).length,
    );
  }
}

/** However the events come in pages, the history is the same; and what a page leaves alone is the same object. */
export function samePageByPage(events: readonly unknown[], size = 1 + (events.length >> 2)): void {
  let history = EMPTY;
  for (let from = 0; from < events.length; from += size) {
    const next = append(history, events.slice(from, from + size));
    const touched = new Set(next.events.slice(from).map(({ visit }) => visit));
    for (const [index, visit] of history.visits.entries()) {
      if (visit.exited && !touched.has(index)) expect(next.visits[index]).toBe(visit);
    }
    history = next;
  }
  expect(history).toEqual(append(EMPTY, events));
}

/** Once an execution has ended nothing goes on, and what comes then changes nothing but the count of what fits nowhere. */
export function endIsFinal(history: History): void {
  if (history.status === "RUNNING") return;
  const open = new Set(["RUNNING", "WAITING", "RETRYING"]);
  expect(history.visits.filter(({ ended, status }) => !ended || open.has(status))).toEqual([]);
  expect(history.scopes.filter(({ status }) => open.has(status))).toEqual([]);
  expect(history.visits.flatMap(({ attempts }) => attempts).filter(({ status }) => open.has(status))).toEqual([]);
  const id = history.lastId + 1;
  const later = append(history, [
    { id, previousEventId: history.lastId, type: "TaskStateEntered", stateEnteredEventDetails: { name: "Later" } },
    { id: id + 1, previousEventId: id, type: "ExecutionSucceeded" },
  ]);
  expect(later.unplaced.length).toBe(history.unplaced.length + 2);
  expect([later.states, later.visits, later.status]).toEqual([history.states, history.visits, history.status]);
}

/** No scope holds events of two flows, and no flow has events in two scopes. */
export function flowsAreApart(history: History, flows: readonly number[]): void {
  const [scopeOf, flowOf] = [new Map<number, number>(), new Map<number, number>()];
  const wrong: string[] = [];
  for (const { index, id, scope, type } of history.events) {
    const flow = flows[index] ?? NONE;
    if (scope === NONE || type.startsWith("Execution")) continue;
    if ((scopeOf.get(flow) ?? scope) !== scope || (flowOf.get(scope) ?? flow) !== flow) wrong.push(`${id} ${type}`);
    scopeOf.set(flow, scope);
    flowOf.set(scope, flow);
  }
  expect(wrong).toEqual([]);
}
