/** What each type of event means. A handler gives the event its place; where it gives none, the event is unplaced. */
import type { Draft, EventDraft } from "./draft";
import { number, text } from "./event";
import {
  beginAttempt,
  beginScope,
  endAttempt,
  endScope,
  endVisit,
  enterState,
  fail,
  failScope,
  giveUp,
  isOpen,
  setStatus,
} from "./lifecycle";
import { link } from "./links";
import type { Scope, Visit } from "./model";
import { NONE } from "./model";
import type { From } from "./where";
import { flowToResume, goesOn, iteration, named, nameOf, nearest, scheduling } from "./where";

export type Handler = (draft: Draft, event: EventDraft, from: From | null) => void;

const BROKEN = /(Failed|TimedOut)$/;
const TOKEN = ".waitForTaskToken";

/** Put an event into the group of a visit, and of its attempt where it is the attempt's. */
function put(draft: Draft, event: EventDraft, visit: number, inAttempt: boolean): void {
  const found = draft.visits[visit] as Visit;
  event.visit = visit;
  event.scope = found.scope;
  event.attempt = inAttempt ? found.attempts.length - 1 : NONE;
}

export const entered =
  (type: string): Handler =>
  (draft, event, from) => {
    const name = nameOf(event.details);
    if (name === null) return;
    const visit = enterState(draft, name, type, flowOf(draft, name, event, from), event.at);
    put(draft, event, visit, false);
    const scope = draft.scopes[event.scope] as Scope;
    // A Fail state fails its flow at once, without another word where that is a branch.
    if (type === "Fail" && scope.kind === "branch") fail(draft, scope.parent);
  };

function flowOf(draft: Draft, name: string, event: EventDraft, from: From | null): number {
  if (from === null) return 0;
  if (from.redriven) {
    const { scope, branchOf } = flowToResume(draft, name);
    return branchOf === NONE ? scope : beginScope(draft, branchOf, "branch", null, event.at);
  }
  if (from.type !== "ParallelStateStarted") return from.scope;
  return beginScope(draft, from.visit, "branch", null, event.at);
}

export const exited: Handler = (draft, event, from) => {
  const name = nameOf(event.details);
  const index = name === null ? NONE : named(draft, from, name);
  if (index === NONE) return;
  put(draft, event, index, false);
  const visit = draft.visits[index] as Visit;
  const inside = visit.attempts.at(-1)?.scopes ?? [];
  const unfinished = inside.some((scope) => draft.scopes[scope]?.current !== NONE);
  const caught = visit.failing || unfinished || BROKEN.test(from?.type ?? "");
  const attempt = draft.attempt(index);
  if (attempt !== undefined) endAttempt(draft, attempt, caught ? "FAILED" : "SUCCEEDED", event.at);
  endVisit(draft, index, caught ? "CAUGHT" : "SUCCEEDED", event.at, true);
};

export const scheduled: Handler = (draft, event, from) => {
  const { details } = event;
  const visit = scheduling(draft, from, details);
  if (visit === NONE) return;
  const resource = text(details, "resource");
  const waitsForToken = event.type === "TaskScheduled" && resource !== null && resource.endsWith(TOKEN);
  const status = waitsForToken ? "WAITING" : "RUNNING";
  const timeoutSeconds = number(details, "timeoutInSeconds");
  const heartbeatSeconds = number(details, "heartbeatInSeconds");
  const limits = { timeoutSeconds, heartbeatSeconds, resource, waitsForToken };
  const redriven = draft.resumable.delete(visit);
  beginAttempt(draft, visit, { kind: "task", status, scheduledAt: event.at, redriven, ...limits }, event.at);
  draft.visit(visit).failing = false;
  setStatus(draft, visit, status);
  draft.state((draft.visits[visit] as Visit).name).attempts += 1;
  put(draft, event, visit, true);
};

/** The Task state that an event is about, and its attempt; undefined where there is none. */
function ofTask(draft: Draft, event: EventDraft, from: From | null) {
  const visit = nearest(draft, from, (one) => one.type === "Task" && !one.exited);
  if (visit === NONE) return undefined;
  if (draft.attempt(visit) === undefined) beginAttempt(draft, visit, { kind: "task" }, null);
  put(draft, event, visit, true);
  const attempt = draft.attempt(visit);
  return attempt === undefined ? undefined : { visit, attempt };
}

export const started: Handler = (draft, event, from) => {
  const task = ofTask(draft, event, from);
  if (task !== undefined) task.attempt.startedAt = event.at;
};

export const submitted: Handler = (draft, event, from) => {
  const task = ofTask(draft, event, from);
  if (task === undefined) return;
  task.attempt.submittedAt = event.at;
  link(draft, event);
};

export const succeeded: Handler = (draft, event, from) => {
  const task = ofTask(draft, event, from);
  if (task === undefined) return;
  link(draft, event);
  endAttempt(draft, task.attempt, "SUCCEEDED", event.at);
  draft.visit(task.visit).failing = false;
  if (!(draft.visits[task.visit] as Visit).ended) setStatus(draft, task.visit, "RUNNING");
};

export const failed: Handler = (draft, event, from) => {
  const task = ofTask(draft, event, from);
  if (task === undefined) return;
  const { visit, attempt } = task;
  endAttempt(draft, attempt, event.type.endsWith("TimedOut") ? "TIMED_OUT" : "FAILED", event.at);
  attempt.error = text(event.details, "error");
  attempt.cause = text(event.details, "cause");
  draft.state((draft.visits[visit] as Visit).name).failures += 1;
  failWith(draft, visit, event);
};

/** Keep the error of a visit, which fails unless it is over. */
function failWith(draft: Draft, visit: number, event: EventDraft): void {
  setError(draft, visit, event);
  if (!(draft.visits[visit] as Visit).ended) fail(draft, visit);
}

function setError(draft: Draft, index: number, event: EventDraft): void {
  const error = text(event.details, "error");
  const cause = text(event.details, "cause");
  if (error === null && cause === null) return;
  const visit = draft.visit(index);
  visit.error = error;
  visit.cause = cause;
  draft.state(visit.name).error = error;
}

/** `MapStateStarted` and `ParallelStateStarted`: an attempt begins, perhaps after one that failed. */
export const flowsStarted =
  (type: string): Handler =>
  (draft, event, from) => {
    const visit = nearest(draft, from, (one) => goesOn(type)(one) && !one.exhausted);
    if (visit === NONE) return;
    const redriven = draft.resumable.delete(visit);
    beginAttempt(
      draft,
      visit,
      { kind: "flows", scheduledAt: event.at, startedAt: event.at, redriven },
      from?.at ?? null,
    );
    draft.visit(visit).failing = false;
    setStatus(draft, visit, "RUNNING");
    put(draft, event, visit, true);
  };

export const flowsSucceeded =
  (type: string): Handler =>
  (draft, event, from) => {
    const visit = nearest(draft, from, goesOn(type));
    if (visit === NONE) return;
    put(draft, event, visit, true);
    const attempt = draft.attempt(visit);
    if (attempt !== undefined) endAttempt(draft, attempt, "SUCCEEDED", event.at);
  };

export const flowsFailed =
  (type: string): Handler =>
  (draft, event, from) => {
    const visit = nearest(draft, from, (one) => goesOn(type)(one) && !one.exhausted);
    if (visit === NONE) return;
    put(draft, event, visit, true);
    const attempt = draft.attempt(visit);
    if (attempt !== undefined) endAttempt(draft, attempt, "FAILED", event.at);
    draft.visit(visit).exhausted = true;
    failWith(draft, visit, event);
  };

/** `TaskStateAborted` and its like: the flow was given up because of a failure, its own or another's. */
export const aborted =
  (type: string): Handler =>
  (draft, event, from) => {
    const visit = nearest(draft, from, goesOn(type));
    if (visit === NONE) return;
    put(draft, event, visit, false);
    const { failing, scope } = draft.visits[visit] as Visit;
    const isBranch = draft.scopes[scope]?.kind === "branch";
    giveUp(draft, visit, "ABORTED", event.at);
    if (!isBranch) return;
    if (failing) failScope(draft, scope, event.at);
    else endScope(draft, scope, "ABORTED", event.at);
  };

export const iterationStarted: Handler = (draft, event, from) => {
  const name = nameOf(event.details);
  if (name === null) return;
  const map = named(draft, from, name);
  if (map === NONE) return;
  event.scope = beginScope(draft, map, "iteration", number(event.details, "index"), event.at);
};

export const iterationEnded =
  (status: "SUCCEEDED" | "FAILED" | "ABORTED"): Handler =>
  (draft, event, from) => {
    const scope = iteration(draft, from, nameOf(event.details), number(event.details, "index"));
    if (scope === NONE) return;
    event.scope = scope;
    if (draft.scopes[scope]?.status !== "RUNNING") return;
    if (status === "FAILED") failScope(draft, scope, event.at);
    else endScope(draft, scope, status, event.at);
  };

/** Events of a distributed Map's Map Run, whose items run in executions of their own. */
export const mapRun: Handler = (draft, event, from) => {
  const visit = nearest(draft, from, (one) => one.type === "Map" && !one.exited);
  if (visit === NONE) return;
  put(draft, event, visit, true);
  link(draft, event);
  if (event.type === "MapRunFailed") failWith(draft, visit, event);
};

/** An expression failed, perhaps before the event that enters its state was written. */
export const evaluationFailed: Handler = (draft, event, from) => {
  const name = text(event.details, "state");
  const visit = name === null ? nearest(draft, from, (one) => !one.exited) : named(draft, from, name);
  if (visit === NONE) {
    event.scope = from?.scope ?? NONE;
    return;
  }
  put(draft, event, visit, isOpen((draft.visits[visit] as Visit).attempts.at(-1)));
  failWith(draft, visit, event);
};
