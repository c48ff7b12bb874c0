/** The rows of a timeline: a row per state of a flow with all its visits, and inside Parallel and Map states a row per flow. */
import type { ExecutionStatus, History, Scope, StateStatus, Visit } from "./model";
import { NONE } from "./model";

interface RowPlace {
  /** Stays the same while the history grows. */
  readonly key: string;
  readonly label: string;
  /** From 1. */
  readonly level: number;
  /** Which of how many rows beside it, from 1. */
  readonly position: number;
  readonly siblings: number;
  readonly isOpen: boolean;
}

export interface StateRow extends RowPlace {
  readonly kind: "state";
  /** In the order in which they were entered. */
  readonly visits: readonly number[];
  readonly status: StateStatus;
  /** How many flows have run inside. */
  readonly flows: number;
}

export interface FlowRow extends RowPlace {
  readonly kind: "flow";
  readonly scope: number;
  readonly status: ExecutionStatus;
}

export type TimelineRow = StateRow | FlowRow;

/** What someone has opened or closed, by key; everything else is as it is by default. */
export type Opened = ReadonlyMap<string, boolean>;

/** More flows inside a state stay closed until someone opens them. */
const OPEN_FLOWS = 20;
const OPEN_ITERATIONS = 3;

export function timelineRows(history: History, opened: Opened): TimelineRow[] {
  const rows: TimelineRow[] = [];
  addStates(history, opened, history.scopes[0] as Scope, 1, rows);
  return rows;
}

/** The row in which a visit shows, after it was opened as far as needed: what has to be open for that. */
export function openedFor(history: History, visit: number): Map<string, boolean> {
  const opened = new Map<string, boolean>();
  let scope = history.scopes[history.visits[visit]?.scope ?? NONE];
  while (scope !== undefined && scope.parent !== NONE) {
    const parent = history.visits[scope.parent] as Visit;
    opened.set(flowKey(scope.index), true);
    opened.set(stateKey(parent.scope, parent.name), true);
    scope = history.scopes[parent.scope];
  }
  return opened;
}

const stateKey = (scope: number, name: string): string => `state ${scope} ${name}`;
const flowKey = (scope: number): string => `flow ${scope}`;

function addStates(history: History, opened: Opened, scope: Scope, level: number, rows: TimelineRow[]): void {
  const states = visitsByState(history, scope);
  let position = 0;
  for (const [name, visits] of states) {
    position += 1;
    const flows = flowsInside(history, visits);
    const key = stateKey(scope.index, name);
    const isOpen = flows.length > 0 && (opened.get(key) ?? flows.length <= OPEN_FLOWS);
    const { status } = history.visits[visits.at(-1) as number] as Visit;
    const place = { key, label: name, level, position, siblings: states.size, isOpen };
    rows.push({ kind: "state", ...place, visits, status, flows: flows.length });
    if (isOpen) addFlows(history, opened, flows, level + 1, rows);
  }
}

function addFlows(
  history: History,
  opened: Opened,
  flows: readonly number[],
  level: number,
  rows: TimelineRow[],
): void {
  flows.forEach((index, place) => {
    const scope = history.scopes[index] as Scope;
    const key = flowKey(index);
    const byDefault = scope.kind === "branch" || flows.length <= OPEN_ITERATIONS;
    const isOpen = scope.visits.length > 0 && (opened.get(key) ?? byDefault);
    const about = { key, label: flowLabel(scope), level, position: place + 1, siblings: flows.length, isOpen };
    rows.push({ kind: "flow", ...about, scope: index, status: scope.status });
    if (isOpen) addStates(history, opened, scope, level + 1, rows);
  });
}

function flowLabel({ kind, position, attempt }: Scope): string {
  const label = `${kind === "iteration" ? "Iteration" : "Branch"} ${position + 1}`;
  return attempt > 0 ? `${label}, attempt ${attempt + 1}` : label;
}

function flowsInside(history: History, visits: readonly number[]): readonly number[] {
  const found: (readonly number[])[] = [];
  for (const index of visits) {
    for (const { scopes } of (history.visits[index] as Visit).attempts) if (scopes.length > 0) found.push(scopes);
  }
  return found.length === 1 ? (found[0] as readonly number[]) : found.flat();
}

/** A flow that does not change is looked through once. */
const grouped = new WeakMap<Scope, ReadonlyMap<string, readonly number[]>>();

function visitsByState(history: History, scope: Scope): ReadonlyMap<string, readonly number[]> {
  const known = grouped.get(scope);
  if (known !== undefined) return known;
  const states = new Map<string, number[]>();
  for (const index of scope.visits) {
    const { name } = history.visits[index] as Visit;
    const visits = states.get(name);
    if (visits === undefined) states.set(name, [index]);
    else visits.push(index);
  }
  grouped.set(scope, states);
  return states;
}
