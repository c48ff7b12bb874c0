import type { EventDraft } from "./draft";
import { Draft } from "./draft";
import { readEvent } from "./event";
import { executionEnded, executionRedriven, executionStarted } from "./execution";
import type { Handler } from "./handlers";
import * as on from "./handlers";
import type { History } from "./model";
import { EMPTY, NONE } from "./model";
import { before } from "./where";

const STATES = ["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];
const TASKS = ["Task", "LambdaFunction", "Activity"];

const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ...STATES.flatMap((type): [string, Handler][] => [
    [`${type}StateEntered`, on.entered(type)],
    [`${type}StateExited`, on.exited],
    [`${type}StateAborted`, on.aborted(type)],
  ]),
  ...["Map", "Parallel"].flatMap((type): [string, Handler][] => [
    [`${type}StateStarted`, on.flowsStarted(type)],
    [`${type}StateSucceeded`, on.flowsSucceeded(type)],
    [`${type}StateFailed`, on.flowsFailed(type)],
  ]),
  ...TASKS.flatMap((type): [string, Handler][] => [
    [`${type}Scheduled`, on.scheduled],
    [`${type}Started`, on.started],
    [`${type}Submitted`, on.submitted],
    [`${type}Succeeded`, on.succeeded],
    ...["Failed", "TimedOut", "ScheduleFailed", "StartFailed", "SubmitFailed"].map((end): [string, Handler] => [
      `${type}${end}`,
      on.failed,
    ]),
  ]),
  ["MapIterationStarted", on.iterationStarted],
  ["MapIterationSucceeded", on.iterationEnded("SUCCEEDED")],
  ["MapIterationFailed", on.iterationEnded("FAILED")],
  ["MapIterationAborted", on.iterationEnded("ABORTED")],
  ...["Started", "Succeeded", "Failed", "Aborted", "Redriven"].map((end): [string, Handler] => [
    `MapRun${end}`,
    on.mapRun,
  ]),
  ["EvaluationFailed", on.evaluationFailed],
  ["ExecutionStarted", executionStarted],
  ["ExecutionSucceeded", executionEnded("SUCCEEDED")],
  ["ExecutionFailed", executionEnded("FAILED")],
  ["ExecutionTimedOut", executionEnded("TIMED_OUT")],
  ["ExecutionAborted", executionEnded("ABORTED")],
  ["ExecutionRedriven", executionRedriven],
]);

/**
 * The history with these events after those that it has: a page of GetExecutionHistory, oldest first.
 *
 * Nothing is thrown whatever is given. An event that fits nowhere is `unplaced`: its type is not known, its id is not above
 * those before it, the event that it follows is missing, or the execution has ended. The history given stays as it was.
 * The cost is that of the events given.
 */
export function append(history: History, given: readonly unknown[]): History {
  if (given.length === 0) return history;
  const draft = new Draft(history);
  for (const raw of given) place(draft, raw);
  return draft.done();
}

/** The history of an export: all events at once, the newest or the oldest first. */
export function readHistory(given: readonly unknown[]): History {
  return append(EMPTY, oldestFirst(given));
}

/** `--reverse-order` gives the newest first. */
function oldestFirst(given: readonly unknown[]): readonly unknown[] {
  const [first, second, last] = [given[0], given[1], given.at(-1)].map((event) => readEvent(event).id ?? 0) as number[];
  const descend = first !== undefined && first > (second ?? 0) && first > (last ?? 0) && given.length > 1;
  return descend ? given.toReversed() : given;
}

function place(draft: Draft, raw: unknown): void {
  const read = readEvent(raw);
  const index = draft.events.length;
  const event: EventDraft = { ...read, index, scope: NONE, visit: NONE, attempt: NONE, raw };
  const repeated = read.id !== null && read.id <= draft.top.lastId;
  const { top } = draft;
  if (!repeated && (top.status === "RUNNING" || read.type === "ExecutionRedriven")) {
    HANDLERS.get(read.type)?.(draft, event, before(draft, read.previousId));
  }
  if (repeated) draft.events.push(event);
  else draft.add(event);
  if (read.id !== null && !repeated) top.lastId = read.id;
  if (event.at !== null && (top.lastAt === null || event.at > top.lastAt)) top.lastAt = event.at;
  file(draft, event);
}

/** Put an event into its group. */
function file(draft: Draft, event: EventDraft): void {
  if (event.scope === NONE) draft.unplaced.push(event.index);
  else if (event.visit === NONE) draft.scope(event.scope).events.push(event.index);
  else {
    draft.visit(event.visit).events.push(event.index);
    if (event.attempt !== NONE) draft.attempt(event.visit)?.events.push(event.index);
  }
}
