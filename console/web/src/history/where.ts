/** Where an event happens: found by the chain of `previousEventId`, from the inside out. */
import type { Draft } from "./draft";
import { isRecord, text } from "./event";
import type { Details, PlacedEvent, Scope, Visit } from "./model";
import { NONE } from "./model";

/** Where the event before happened. */
export interface From {
  readonly scope: number;
  readonly visit: number;
  readonly type: string;
  readonly at: number | null;
  /** It is a redrive: which of the flows that go on this is, its own details have to tell. */
  readonly redriven: boolean;
}

type Test = (visit: Visit) => boolean;

const MOST_HOPS = 100;

/** Whether a visit is one of a state of this type, and not over. */
export const goesOn =
  (type: string): Test =>
  (visit) =>
    visit.type === type && !visit.exited && !visit.ended;

/** Where the event before this one happened, null where that can't be known. */
export function before(draft: Draft, previousId: number): From | null {
  if (previousId === 0) return withoutPrevious(draft);
  let event = draft.find(previousId);
  // Over events that nobody knows, such as types that are newer than this page.
  for (let hop = 0; event !== undefined && event.scope === NONE && hop < MOST_HOPS; hop += 1) {
    event = event.previousId === 0 ? draft.events[event.index - 1] : draft.find(event.previousId);
  }
  return event === undefined || event.scope === NONE ? null : fromEvent(event);
}

/** Only the first events follow none; where an engine does not say what follows what, the last one has to do. */
function withoutPrevious(draft: Draft): From | null {
  const last = draft.events.at(-1);
  const begins = (draft.scopes[0] as Scope).visits.length === 0;
  if (begins || last === undefined) return { scope: 0, visit: NONE, type: "", at: null, redriven: false };
  return last.scope === NONE ? null : fromEvent(last);
}

function fromEvent(event: PlacedEvent): From {
  const { scope, visit, type, at } = event;
  return { scope, visit, type, at, redriven: type === "ExecutionRedriven" };
}

/** The nearest visit around a place that passes the test, NONE where there is none. */
export function nearest(draft: Draft, from: From | null, test: Test): number {
  if (from === null) return NONE;
  if (from.redriven) return resumed(draft, test);
  const passes = (index: number) => index !== NONE && test(draft.visits[index] as Visit);
  if (passes(from.visit)) return from.visit;
  let scope = draft.scopes[from.scope];
  while (scope !== undefined) {
    if (passes(scope.current)) return scope.current;
    if (scope.parent === NONE) return NONE;
    if (passes(scope.parent)) return scope.parent;
    scope = draft.scopes[(draft.visits[scope.parent] as Visit).scope];
  }
  return NONE;
}

/** The first of the visits that a redrive lets go on that passes the test, or the innermost in it that does so, too. */
function resumed(draft: Draft, test: Test): number {
  let found = NONE;
  for (const index of draft.resumable) {
    const passes = test(draft.visits[index] as Visit);
    if (passes && (found === NONE || isInside(draft, index, found))) found = index;
  }
  return found;
}

function isInside(draft: Draft, index: number, outer: number): boolean {
  let visit = draft.visits[index];
  while (visit !== undefined && visit.index > outer) visit = draft.visits[draft.scopes[visit.scope]?.parent ?? NONE];
  return visit?.index === outer;
}

/** The visit of a state by its name: the nearest, else the last that was entered. */
export function named(draft: Draft, from: From | null, name: string): number {
  const test: Test = (visit) => visit.name === name && !visit.exited;
  const found = nearest(draft, from, test);
  if (found !== NONE) return found;
  const last = draft.visits[draft.states.get(name)?.lastVisit ?? NONE];
  return last !== undefined && test(last) ? last.index : NONE;
}

/** The Task state that schedules: after a redrive the one that scheduled the same before, if there is one. */
export function scheduling(draft: Draft, from: From | null, details: Details): number {
  const isTask = goesOn("Task");
  if (from === null || !from.redriven) return nearest(draft, from, isTask);
  const same = resumed(draft, (visit) => isTask(visit) && scheduledBefore(draft, visit, details));
  return same === NONE ? resumed(draft, isTask) : same;
}

function scheduledBefore(draft: Draft, visit: Visit, details: Details): boolean {
  const event = draft.events[visit.attempts.at(-1)?.events[0] ?? NONE];
  if (event === undefined || !isRecord(event.details)) return false;
  return ["resource", "parameters", "input"].every((key) => event.details[key] === details[key]);
}

/** The scope of an iteration that ends, NONE where there is none. */
export function iteration(draft: Draft, from: From | null, name: string | null, position: number | null): number {
  const is = (scope: Scope) =>
    scope.kind === "iteration" && scope.position === position && draft.visits[scope.parent]?.name === name;
  let scope = from === null || from.redriven ? undefined : draft.scopes[from.scope];
  while (scope !== undefined && !is(scope)) scope = draft.scopes[draft.visits[scope.parent]?.scope ?? NONE];
  if (scope !== undefined) return scope.index;
  const map = name === null ? NONE : named(draft, from, name);
  const inside = draft.visits[map]?.attempts.at(-1)?.scopes.map((index) => draft.scopes[index] as Scope) ?? [];
  return inside.find((one) => is(one) && one.status === "RUNNING")?.index ?? NONE;
}

/** The flow in which a redrive enters a state; `branchOf` the Parallel state in which it begins one, else NONE. */
export function flowToResume(draft: Draft, name: string): { scope: number; branchOf: number } {
  let idle = NONE;
  let branchOf = NONE;
  for (const scope of reopened(draft)) {
    const stopped = stoppedAt(draft, scope);
    if (stopped === name) return { scope: scope.index, branchOf: NONE };
    if (stopped === null && idle === NONE) idle = scope.index;
    if (draft.visits[scope.current]?.type === "Parallel") branchOf = scope.current;
  }
  if (idle !== NONE) return { scope: idle, branchOf: NONE };
  return { scope: branchOf === NONE ? 0 : NONE, branchOf };
}

/** The flows that a redrive lets go on. */
function* reopened(draft: Draft): Iterable<Scope> {
  yield draft.scopes[0] as Scope;
  for (const index of draft.resumable) {
    for (const inner of draft.visits[index]?.attempts.at(-1)?.scopes ?? []) {
      const scope = draft.scopes[inner];
      if (scope?.status === "RUNNING") yield scope;
    }
  }
}

/** Where a flow stands since before the last redrive: in the Fail state of this name, or (null) between two states. */
function stoppedAt(draft: Draft, scope: Scope): string | null | undefined {
  const last = draft.visits[scope.visits.at(-1) ?? NONE];
  if ((last?.events.at(-1) ?? NONE) > (draft.redrives.at(-1)?.event ?? NONE)) return undefined;
  if (scope.current === NONE) return null;
  return last?.type === "Fail" ? last.name : undefined;
}

export const nameOf = (details: Details): string | null => text(details, "name");
