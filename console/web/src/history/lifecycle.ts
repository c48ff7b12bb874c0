/** How visits, attempts and scopes begin, change and end. Each keeps the summary of its state in step. */
import type { AttemptDraft, Draft, StateDraft } from "./draft";
import type { Attempt, ExecutionStatus, Scope, StateStatus, Visit } from "./model";
import { NONE } from "./model";

type Time = number | null;

export const isOpen = (attempt: Attempt | undefined): boolean =>
  attempt !== undefined && (attempt.status === "RUNNING" || attempt.status === "WAITING");

/** Enter a state in a flow. */
export function enterState(draft: Draft, name: string, type: string, scope: number, at: Time): number {
  const index = draft.visits.length;
  const status: StateStatus = type === "Fail" ? "FAILED" : "RUNNING";
  if (!draft.states.has(name)) {
    const counts = { visits: 0, attempts: 0, failures: 0, open: 0, waiting: 0, outcome: null };
    draft.addState({ name, type, status, enteredAt: at, leftAt: null, error: null, lastVisit: NONE, ...counts });
  }
  const state = draft.state(name);
  state.visits += 1;
  openOneMore(state);
  state.lastVisit = index;
  state.leftAt = null;
  state.status = state.waiting > 0 ? "WAITING" : status;
  draft.addVisit({
    index,
    name,
    type,
    scope,
    ordinal: state.visits,
    status,
    enteredAt: at,
    exitedAt: null,
    endedAt: null,
    exited: false,
    ended: false,
    failing: type === "Fail",
    exhausted: false,
    error: null,
    cause: null,
    attempts: [],
    events: [],
  });
  const flow = draft.scope(scope);
  flow.visits.push(index);
  flow.current = index;
  return index;
}

/** Give a visit another status; its state follows. */
export function setStatus(draft: Draft, index: number, status: StateStatus): void {
  const { name, status: before, ended } = draft.visits[index] as Visit;
  if (before === status && !ended) return;
  draft.visit(index).status = status;
  const state = draft.state(name);
  state.waiting += Number(status === "WAITING") - Number(before === "WAITING");
  if (state.waiting > 0) state.status = "WAITING";
  else if (!ended) state.status = status;
}

/** A visit is over; `left` where it was left for another state or the end of its flow. */
export function endVisit(draft: Draft, index: number, status: StateStatus, at: Time, left: boolean): void {
  const visit = draft.visit(index);
  const state = draft.state(visit.name);
  if (!visit.ended) state.open -= 1;
  if (visit.status === "WAITING") state.waiting -= 1;
  visit.status = status;
  visit.endedAt = at;
  visit.ended = true;
  if (left) {
    visit.exited = true;
    visit.exitedAt = at;
    state.leftAt = at;
    draft.resumable.delete(index);
    const scope = draft.scope(visit.scope);
    if (scope.current === index) scope.current = NONE;
  }
  // That others were given up because of a failure says less than the failure.
  if (status !== "ABORTED" || state.outcome !== "FAILED") state.outcome = status;
  if (state.waiting > 0) state.status = "WAITING";
  else if (state.open > 0) state.status = state.status === "RETRYING" ? "RETRYING" : "RUNNING";
  else state.status = state.outcome ?? status;
}

function openOneMore(state: StateDraft): void {
  if (state.open === 0) state.outcome = null;
  state.open += 1;
}

/** Begin an attempt; one before it that is still open is over. */
export function beginAttempt(
  draft: Draft,
  visit: number,
  given: Partial<Attempt> & Pick<Attempt, "kind">,
  before: Time,
): number {
  const last = draft.attempt(visit);
  if (last !== undefined) endAttempt(draft, last, "ABORTED", before);
  const at = given.scheduledAt ?? null;
  const delay = last === undefined || last.endedAt === null || at === null ? null : at - last.endedAt;
  return draft.addAttempt(visit, {
    status: "RUNNING",
    scheduledAt: null,
    startedAt: null,
    submittedAt: null,
    endedAt: null,
    delay,
    redriven: false,
    resource: null,
    waitsForToken: false,
    timeoutSeconds: null,
    heartbeatSeconds: null,
    error: null,
    cause: null,
    ...given,
    scopes: [],
    events: [],
  });
}

/** End an attempt that is open, and the flows in it that are. */
export function endAttempt(draft: Draft, attempt: AttemptDraft, status: Attempt["status"], at: Time): void {
  if (!isOpen(attempt)) return;
  attempt.status = status;
  attempt.endedAt = at;
  for (const scope of attempt.scopes) {
    const found = draft.scopes[scope] as Scope;
    if (found.status === "RUNNING") endScope(draft, scope, flowStatus(draft, found, status), at);
  }
}

/** A flow between two states has come to its end as far as anyone can tell. */
function flowStatus(draft: Draft, scope: Scope, status: Attempt["status"]): ExecutionStatus {
  if (status === "SUCCEEDED") return "SUCCEEDED";
  const current = draft.visits[scope.current];
  if (current === undefined) return scope.visits.length > 0 && scope.kind === "branch" ? "SUCCEEDED" : "ABORTED";
  return current.failing ? "FAILED" : "ABORTED";
}

/** End a flow and the state that it is in. */
export function endScope(draft: Draft, index: number, status: ExecutionStatus, at: Time): void {
  const scope = draft.scope(index);
  scope.status = status;
  scope.endedAt = at;
  if (scope.current !== NONE) giveUp(draft, scope.current, status === "FAILED" ? "FAILED" : "ABORTED", at);
}

/** End a visit that was not left. One that is failing has failed. */
export function giveUp(draft: Draft, index: number, status: "FAILED" | "ABORTED" | "TIMED_OUT", at: Time): void {
  const visit = draft.visits[index] as Visit;
  if (visit.ended) return;
  endVisit(draft, index, visit.failing ? "FAILED" : status, at, false);
  const attempt = draft.attempt(index);
  if (attempt !== undefined) endAttempt(draft, attempt, status === "TIMED_OUT" ? "TIMED_OUT" : "ABORTED", at);
}

/** Begin a branch or an iteration inside an attempt of a visit. */
export function beginScope(
  draft: Draft,
  parent: number,
  kind: "branch" | "iteration",
  position: number | null,
  at: Time,
): number {
  const index = draft.scopes.length;
  if (draft.attempt(parent) === undefined) beginAttempt(draft, parent, { kind: "flows", scheduledAt: at }, at);
  const attempt = draft.attempt(parent) as AttemptDraft;
  const visit = draft.visits[parent] as Visit;
  draft.addScope({
    index,
    kind,
    parent,
    attempt: visit.attempts.length - 1,
    position: position ?? attempt.scopes.length,
    depth: (draft.scopes[visit.scope] as Scope).depth + 1,
    status: "RUNNING",
    startedAt: at,
    endedAt: null,
    current: NONE,
    visits: [],
    events: [],
  });
  attempt.scopes.push(index);
  return index;
}

/** A flow has failed: the state around it has, too, unless a retrier or catcher helps. */
export function failScope(draft: Draft, index: number, at: Time): void {
  const scope = draft.scopes[index] as Scope;
  if (scope.status !== "RUNNING" || scope.parent === NONE) return;
  endScope(draft, index, "FAILED", at);
  fail(draft, scope.parent);
}

/** What happened last in a visit is a failure. */
export function fail(draft: Draft, index: number): void {
  draft.visit(index).failing = true;
  setStatus(draft, index, canRetry(draft.visits[index] as Visit) ? "RETRYING" : "FAILED");
}

function canRetry(visit: Visit): boolean {
  return !visit.exhausted && (visit.type === "Task" || visit.type === "Map" || visit.type === "Parallel");
}

/** Let a flow go on that did not succeed, as a redrive does. A Fail state is entered anew. */
export function reopen(draft: Draft, index: number): void {
  const scope = draft.scope(index);
  scope.status = "RUNNING";
  scope.endedAt = null;
  if (scope.current === NONE) return;
  const visit = draft.visits[scope.current] as Visit;
  if (visit.type === "Fail") return;
  reopenVisit(draft, visit.index);
  const attempt = draft.attempt(visit.index);
  if (attempt === undefined || attempt.kind !== "flows") return;
  attempt.status = "RUNNING";
  attempt.endedAt = null;
  attempt.redriven = true;
  for (const inner of attempt.scopes) if (draft.scopes[inner]?.status !== "SUCCEEDED") reopen(draft, inner);
}

function reopenVisit(draft: Draft, index: number): void {
  const visit = draft.visit(index);
  draft.resumable.add(index);
  if (!visit.ended) return;
  Object.assign(visit, { ended: false, endedAt: null, failing: false, exhausted: false, status: "RUNNING" });
  const state = draft.state(visit.name);
  openOneMore(state);
  state.status = state.waiting > 0 ? "WAITING" : "RUNNING";
}
