import { text } from "../history/event";
import type { Attempt, History, PlacedEvent, Visit } from "../history/model";

/** What went into a visit and what came out, JSON; null where it is not known (yet). */
export interface VisitData {
  input: string | null;
  output: string | null;
}

export function visitData(history: History, visit: Visit): VisitData {
  const entered = history.events[visit.events[0] as number];
  const exited = visit.exited ? eventsOf(history, visit.events).findLast(isExit) : undefined;
  return {
    input: entered === undefined ? null : text(entered.details, "input"),
    output: exited === undefined ? null : text(exited.details, "output"),
  };
}

function isExit({ type }: PlacedEvent): boolean {
  return type.endsWith("StateExited");
}

export function eventsOf(history: History, indexes: readonly number[]): PlacedEvent[] {
  return indexes.map((index) => history.events[index] as PlacedEvent);
}

/** What an attempt was given and what it answered. */
export function attemptData(history: History, attempt: Attempt): { parameters: string | null; result: string | null } {
  let [parameters, result]: (string | null)[] = [null, null];
  for (const { type, details } of eventsOf(history, attempt.events)) {
    if (type.endsWith("Scheduled")) parameters = text(details, "parameters") ?? text(details, "input");
    if (type.endsWith("Succeeded")) result = text(details, "output");
  }
  return { parameters: parameters ?? null, result: result ?? null };
}
