/**
 * What the graph and the details show of a history: of a Map state, one iteration at a time.
 *
 * A state inside a Map has as many visits as there are iterations. Which iteration is meant is chosen by the name of the
 * Map state; a visit of a Map that was entered more than once is the last one.
 */
import type { History, Scope, StateStatus, Visit } from "../history/model";
import { NONE } from "../history/model";

/** Per Map state the index, among those that have begun, of the iteration that is shown. */
export type Chosen = ReadonlyMap<string, number>;

export interface Iterations {
  statuses: readonly StateStatus[];
  shown: number;
}

export interface Standing {
  /** Per state its visits that are shown, the earliest first. */
  visits: ReadonlyMap<string, readonly number[]>;
  statuses: ReadonlyMap<string, StateStatus>;
  counts: ReadonlyMap<string, number>;
  iterations: ReadonlyMap<string, Iterations>;
  /** From which state to which; null where a flow begins or ends. */
  taken: readonly (readonly [string | null, string | null])[];
}

export function standing(history: History, chosen: Chosen): Standing {
  const walk = new Walk(history, chosen);
  walk.scope(0);
  const last = (visits: readonly number[]) => statusOf(history, visits);
  return {
    visits: walk.visits,
    statuses: new Map(Array.from(walk.visits, ([name, visits]) => [name, last(visits)])),
    counts: new Map(Array.from(walk.visits, ([name, visits]) => [name, visits.length])),
    iterations: walk.iterations,
    taken: [...walk.taken.values()],
  };
}

/** Of what is open, else of what was last. */
function statusOf(history: History, visits: readonly number[]): StateStatus {
  let status: StateStatus = "RUNNING";
  for (const index of visits) {
    const visit = history.visits[index] as Visit;
    status = visit.status;
    if (!visit.ended) break;
  }
  return status;
}

class Walk {
  readonly visits = new Map<string, number[]>();
  readonly iterations = new Map<string, Iterations>();
  readonly taken = new Map<string, readonly [string | null, string | null]>();

  constructor(
    private readonly history: History,
    private readonly chosen: Chosen,
  ) {}

  scope(index: number) {
    const scope = this.history.scopes[index] as Scope;
    let before: string | null = null;
    for (const number of scope.visits) {
      const visit = this.history.visits[number] as Visit;
      const known = this.visits.get(visit.name);
      if (known === undefined) this.visits.set(visit.name, [number]);
      else known.push(number);
      this.take(before, visit.name);
      before = visit.name;
      this.inside(visit);
    }
    if (before !== null && scope.status === "SUCCEEDED") this.take(before, null);
  }

  private take(from: string | null, to: string | null) {
    this.taken.set(JSON.stringify([from, to]), [from, to]);
  }

  private inside(visit: Visit) {
    const scopes = visit.attempts.at(-1)?.scopes ?? [];
    if (scopes.length === 0) return;
    if (visit.type !== "Map") {
      for (const index of scopes) this.scope(index);
      return;
    }
    const ordered = [...scopes].sort((one, other) => this.position(one) - this.position(other));
    const statuses = ordered.map((index) => (this.history.scopes[index] as Scope).status);
    const wanted = this.chosen.get(visit.name) ?? interesting(statuses);
    const shown = Math.min(Math.max(wanted, 0), ordered.length - 1);
    this.iterations.set(visit.name, { statuses, shown });
    this.scope(ordered[shown] as number);
  }

  private position(scope: number): number {
    return this.history.scopes[scope]?.position ?? 0;
  }
}

/** The iteration that somebody looks for first: the first that failed, else the first that runs. */
function interesting(statuses: readonly StateStatus[]): number {
  const failed = statuses.findIndex((status) => status === "FAILED" || status === "TIMED_OUT");
  return failed >= 0 ? failed : Math.max(0, statuses.indexOf("RUNNING"));
}

/** The choices with which a visit shows: the iterations that it is in, from the inside out. */
export function choicesFor(history: History, visit: number): Map<string, number> {
  const choices = new Map<string, number>();
  let scope = history.scopes[history.visits[visit]?.scope ?? 0];
  while (scope !== undefined && scope.parent !== NONE) {
    const parent = history.visits[scope.parent] as Visit;
    if (scope.kind === "iteration") {
      const { position } = scope;
      const siblings = parent.attempts.at(-1)?.scopes ?? [];
      choices.set(parent.name, siblings.filter((one) => (history.scopes[one]?.position ?? 0) < position).length);
    }
    scope = history.scopes[parent.scope];
  }
  return choices;
}
