/** Which events are shown, and which of those hold what is searched for. */
import { indexOf } from "../payload/pieces";
import type { Details, History, PlacedEvent } from "./model";
import { NONE } from "./model";

/** What is shown: all, or one state's events, and of those perhaps one visit's; or the events of another group. */
export interface EventFilter {
  readonly state: string | null;
  readonly visit: number | null;
  readonly group: EventGroup;
}

export type EventGroup = "all" | "failures" | "states" | "attempts" | "execution" | "iterations" | "unplaced";

export const EVERYTHING: EventFilter = { state: null, visit: null, group: "all" };

const FAILURE = /(Failed|TimedOut|Aborted)$/;
const STATE = /State(Entered|Exited)$/;

/** The indexes of the events that a filter leaves; null where it leaves all. */
export function filtered(history: History, filter: EventFilter): readonly number[] | null {
  const { state, visit, group } = filter;
  if (visit !== null) return (history.visits[visit]?.events ?? []).filter((index) => isIn(history, index, group));
  if (state === null && group === "all") return null;
  if (state === null && group === "unplaced") return history.unplaced;
  const found: number[] = [];
  for (const event of history.events) {
    const fits = state === null || history.visits[event.visit]?.name === state;
    if (fits && isIn(history, event.index, group)) found.push(event.index);
  }
  return found;
}

function isIn(history: History, index: number, group: EventGroup): boolean {
  const event = history.events[index] as PlacedEvent;
  switch (group) {
    case "all":
      return true;
    case "failures":
      return FAILURE.test(event.type);
    case "states":
      return STATE.test(event.type);
    case "attempts":
      return event.attempt !== NONE;
    case "execution":
      return event.scope === 0 && event.visit === NONE;
    case "iterations":
      return event.scope > 0 && event.visit === NONE;
    case "unplaced":
      return event.scope === NONE;
  }
}

/** Whether an event holds a text, capitals or not: in its id, type, state or anywhere in its details. */
export function matcher(query: string): (history: History, event: PlacedEvent) => boolean {
  const wanted = new RegExp(query.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "i");
  return (history, event) =>
    wanted.test(event.type) ||
    String(event.id ?? "") === query ||
    wanted.test(stateOf(history, event) ?? "") ||
    holds(event.details, wanted, MOST_DEPTH);
}

const MOST_DEPTH = 5;

function holds(value: unknown, wanted: RegExp, depth: number): boolean {
  if (typeof value === "string") return wanted.test(value);
  if (typeof value !== "object" || value === null) return wanted.test(String(value));
  return depth > 0 && Object.values(value).some((inner) => holds(inner, wanted, depth - 1));
}

/** The name of the state that an event belongs to, null where it is of none. */
function stateOf(history: History, event: PlacedEvent): string | null {
  return history.visits[event.visit]?.name ?? null;
}

/** Where an event happens, from the outside in: iterations and branches, e.g. `Each #3 › Both, branch 2`. */
export function flowOf(history: History, event: PlacedEvent): string {
  const parts: string[] = [];
  let scope = history.scopes[event.scope];
  while (scope !== undefined && scope.parent !== NONE) {
    const parent = history.visits[scope.parent];
    const which = scope.kind === "iteration" ? ` #${scope.position + 1}` : `, branch ${scope.position + 1}`;
    parts.unshift(`${parent?.name ?? ""}${which}`);
    scope = history.scopes[parent?.scope ?? NONE];
  }
  return parts.join(" › ");
}

const DATA = ["output", "input", "parameters"];
const SHOWN = 300;
/** Characters: more may not be in sight. */
const BEFORE_MATCH = 10;

/** What matters of an event, on one line: its error, or else its data; what was searched for, if that is elsewhere. */
export function gist(details: Details, query = ""): string {
  const told = ["error", "cause"].map((key) => details[key]).filter((value) => typeof value === "string");
  const data = told.length > 0 ? told.join(": ") : DATA.map((key) => details[key]).find(isText);
  const line = onOneLine((data ?? "").slice(0, SHOWN));
  const at = query === "" ? 0 : indexOf(line, query);
  return at >= 0 && at <= BEFORE_MATCH ? line : (aroundMatch(details, query) ?? line);
}

function aroundMatch(details: Details, query: string): string | null {
  for (const [key, value] of Object.entries(details)) {
    const text = isText(value) ? value : (JSON.stringify(value) ?? "");
    const at = indexOf(text, query);
    if (at < 0) continue;
    const from = Math.max(0, at - BEFORE_MATCH);
    return onOneLine(`${key}: ${from > 0 ? "…" : ""}${text.slice(from, from + SHOWN)}`);
  }
  return null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
