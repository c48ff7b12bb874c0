/** How the execution as a whole begins, ends and goes on. */
import type { Draft, EventDraft } from "./draft";
import { text } from "./event";
import type { Handler } from "./handlers";
import { endScope, giveUp, reopen } from "./lifecycle";
import type { ExecutionStatus, Scope, Visit } from "./model";
import { NONE } from "./model";
import type { From } from "./where";

export const executionStarted: Handler = (draft, event) => {
  event.scope = 0;
  draft.top.startedAt = event.at;
  draft.top.input = text(event.details, "input");
  draft.scope(0).startedAt = event.at;
};

export const executionEnded =
  (status: ExecutionStatus): Handler =>
  (draft, event, from) => {
    event.scope = 0;
    const { top } = draft;
    top.status = status;
    top.endedAt = event.at;
    top.output = text(event.details, "output");
    top.error = text(event.details, "error");
    top.cause = text(event.details, "cause");
    if (status === "FAILED") failAround(draft, event, from);
    closeAll(draft, status === "TIMED_OUT" ? "TIMED_OUT" : "ABORTED", event.at);
    endScope(draft, 0, status, event.at);
  };

/** The state that the failure comes from has failed, and so have those around it. */
function failAround(draft: Draft, event: EventDraft, from: From | null): void {
  if (from === null) return;
  let scope = draft.scopes[from.scope];
  let isSource = true;
  while (scope !== undefined) {
    const inner = draft.visits[scope.current];
    if (inner !== undefined) {
      draft.visit(inner.index).failing = true;
      giveUp(draft, inner.index, "FAILED", event.at);
      if (isSource) explain(draft, inner, event);
      isSource = false;
    }
    if (scope.status === "RUNNING" && scope.index !== 0) endScope(draft, scope.index, "FAILED", event.at);
    scope = draft.scopes[draft.visits[scope.parent]?.scope ?? NONE];
  }
}

/** A Fail state and what AWS refuses say why only at the end. */
function explain(draft: Draft, { index, name }: Visit, event: EventDraft): void {
  const visit = draft.visit(index);
  if (visit.error !== null || visit.cause !== null) return;
  visit.error = text(event.details, "error");
  visit.cause = text(event.details, "cause");
  draft.state(name).error = visit.error;
}

/** Whatever was not left is over, from the inside out. */
function closeAll(draft: Draft, status: "ABORTED" | "TIMED_OUT", at: number | null): void {
  const closeScope = (scope: Scope): void => {
    const visit = draft.visits[scope.current];
    if (visit === undefined || visit.ended) return;
    for (const inner of visit.attempts.at(-1)?.scopes ?? []) {
      const found = draft.scopes[inner] as Scope;
      if (found.status === "RUNNING") closeScope(found);
    }
    giveUp(draft, visit.index, status, at);
  };
  closeScope(draft.scopes[0] as Scope);
}

export const executionRedriven: Handler = (draft, event) => {
  event.scope = 0;
  Object.assign(draft.top, { status: "RUNNING", endedAt: null, output: null, error: null, cause: null });
  draft.redrives.push({ event: event.index, at: event.at });
  draft.resumable.clear();
  reopen(draft, 0);
};
