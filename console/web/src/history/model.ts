/**
 * What a history says: the shapes that `append` builds and the pages draw.
 *
 * Everything is referred to by its index: an event in `History.events`, a visit in `History.visits`, a scope in
 * `History.scopes`. An object is replaced when it changes and kept when it does not, so identity tells what to draw again.
 * Times are milliseconds since the epoch, null where the event has none that can be read.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */

export type Details = Readonly<Record<string, unknown>>;

/** Names of the operations API for what becomes of a state; RETRYING is one that failed and will be tried again. */
export type StateStatus =
  | "RUNNING"
  | "WAITING"
  | "RETRYING"
  | "SUCCEEDED"
  | "CAUGHT"
  | "FAILED"
  | "TIMED_OUT"
  | "ABORTED";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** An event, and the one group that it belongs to: a visit's, an iteration's, the execution's, or `unplaced`. */
export interface PlacedEvent {
  readonly index: number;
  /** Its number in the history, from 1; null where it has none. */
  readonly id: number | null;
  /** The event that it follows; 0 for none. */
  readonly previousId: number;
  readonly type: string;
  readonly at: number | null;
  readonly details: Details;
  /** NONE where it is unplaced. */
  readonly scope: number;
  /** NONE where it belongs to its scope as a whole. */
  readonly visit: number;
  /** Index among the visit's attempts, or NONE. */
  readonly attempt: number;
  /** As it was given. */
  readonly raw: unknown;
}

export const NONE = -1;

/** A child of the execution: what a task or a distributed Map has started. */
export interface Link {
  readonly kind: "execution" | "map-run";
  readonly arn: string;
  readonly visit: number;
  readonly event: number;
}

export type AttemptStatus = "RUNNING" | "WAITING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** One try of a Task, Map or Parallel state. */
export interface Attempt {
  readonly kind: "task" | "flows";
  readonly status: AttemptStatus;
  readonly scheduledAt: number | null;
  readonly startedAt: number | null;
  /** When what it asked for was taken on, and from when on it waits. */
  readonly submittedAt: number | null;
  readonly endedAt: number | null;
  /** Milliseconds between the end of the attempt before and this one; null for the first. */
  readonly delay: number | null;
  /** Whether a redrive, not a retrier, has begun it or let it go on. */
  readonly redriven: boolean;
  readonly resource: string | null;
  readonly waitsForToken: boolean;
  readonly timeoutSeconds: number | null;
  readonly heartbeatSeconds: number | null;
  readonly error: string | null;
  readonly cause: string | null;
  /** Branches or iterations, in the order in which they began. */
  readonly scopes: readonly number[];
  readonly events: readonly number[];
}

/** A state that was entered once. */
export interface Visit {
  readonly index: number;
  readonly name: string;
  readonly type: string;
  readonly scope: number;
  /** Which visit of this state, from 1. */
  readonly ordinal: number;
  readonly status: StateStatus;
  readonly enteredAt: number | null;
  /** When it was left; null where it never was. */
  readonly exitedAt: number | null;
  /** When it was over, left or not; null while it is not. */
  readonly endedAt: number | null;
  readonly exited: boolean;
  readonly ended: boolean;
  /** Whether what happened last in it is a failure. */
  readonly failing: boolean;
  /** Whether no attempt is left (`MapStateFailed`, `ParallelStateFailed`). */
  readonly exhausted: boolean;
  readonly error: string | null;
  readonly cause: string | null;
  readonly attempts: readonly Attempt[];
  /** All events of the visit, those of its attempts included. */
  readonly events: readonly number[];
}

/** A flow: the execution itself, a branch of a Parallel state or an iteration of a Map state. */
export interface Scope {
  readonly index: number;
  readonly kind: "execution" | "branch" | "iteration";
  /** The visit that it is part of, and which of its attempts; NONE for the execution. */
  readonly parent: number;
  readonly attempt: number;
  /** The index of the item, or which branch of the attempt began as how manieth, from 0. */
  readonly position: number;
  readonly depth: number;
  readonly status: ExecutionStatus;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** The visit that it is in, or was in when it ended; NONE between two states. */
  readonly current: number;
  readonly visits: readonly number[];
  /** Events of the flow as a whole: of the execution, of the iteration. */
  readonly events: readonly number[];
}

/** What became of a state over all its visits. */
export interface StateSummary {
  readonly name: string;
  readonly type: string;
  readonly status: StateStatus;
  /** When it was first entered, and when it was last left; null where it is in it. */
  readonly enteredAt: number | null;
  readonly leftAt: number | null;
  readonly visits: number;
  /** Tasks that were scheduled, and those that failed. */
  readonly attempts: number;
  readonly failures: number;
  readonly error: string | null;
  /** Visits that are not over, and how many of those wait for a token. */
  readonly open: number;
  readonly waiting: number;
  /** What became of the visits that are over since the state was last entered anew; null where none is. */
  readonly outcome: StateStatus | null;
  readonly lastVisit: number;
}

export interface Redrive {
  readonly event: number;
  readonly at: number | null;
}

export interface History {
  readonly events: readonly PlacedEvent[];
  readonly visits: readonly Visit[];
  /** The first one is the execution itself. */
  readonly scopes: readonly Scope[];
  /** By name, in the order in which they were first entered. */
  readonly states: ReadonlyMap<string, StateSummary>;
  readonly status: ExecutionStatus;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** The latest time of any event. */
  readonly lastAt: number | null;
  readonly input: string | null;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly links: readonly Link[];
  readonly redrives: readonly Redrive[];
  /** Events that fit nowhere: unknown types, repeated ids, pieces whose beginning is missing. */
  readonly unplaced: readonly number[];
  /** Visits that a redrive lets go on and that have not done so yet. */
  readonly resumable: readonly number[];
  /** Where events are whose id is not their place in the list. */
  readonly irregular: ReadonlyMap<number, number>;
  readonly lastId: number;
}

const EXECUTION: Scope = {
  index: 0,
  kind: "execution",
  parent: NONE,
  attempt: NONE,
  position: 0,
  depth: 0,
  status: "RUNNING",
  startedAt: null,
  endedAt: null,
  current: NONE,
  visits: [],
  events: [],
};

/** A history without events. */
export const EMPTY: History = {
  events: [],
  visits: [],
  scopes: [EXECUTION],
  states: new Map(),
  status: "RUNNING",
  startedAt: null,
  endedAt: null,
  lastAt: null,
  input: null,
  output: null,
  error: null,
  cause: null,
  links: [],
  redrives: [],
  unplaced: [],
  resumable: [],
  irregular: new Map(),
  lastId: 0,
};
