import type { Attempt, History, Link, PlacedEvent, Redrive, Scope, StateSummary, Visit } from "./model";
import { NONE } from "./model";

type Changing<T, Lists extends keyof T = never> = { -readonly [K in Exclude<keyof T, Lists>]: T[K] };

export type AttemptDraft = Changing<Attempt, "scopes" | "events"> & { scopes: number[]; events: number[] };
export type VisitDraft = Changing<Visit, "attempts" | "events"> & { attempts: Attempt[]; events: number[] };
export type ScopeDraft = Changing<Scope, "visits" | "events"> & { visits: number[]; events: number[] };
export type StateDraft = Changing<StateSummary>;
export type EventDraft = Changing<PlacedEvent>;
type HistoryDraft = Changing<
  History,
  "events" | "visits" | "scopes" | "states" | "links" | "redrives" | "unplaced" | "resumable" | "irregular"
>;

/**
 * The next history while events are appended to one. What changes is copied once, the first time; what does not is shared
 * with the history before, which stays as it was.
 */
export class Draft {
  readonly top: HistoryDraft;
  readonly events: PlacedEvent[];
  readonly visits: Visit[];
  readonly scopes: Scope[];
  readonly states: Map<string, StateSummary>;
  readonly links: Link[];
  readonly redrives: Redrive[];
  readonly unplaced: number[];
  readonly resumable: Set<number>;
  private irregular: ReadonlyMap<number, number>;
  private irregularIsOwn = false;
  private readonly own = new WeakSet<object>();

  constructor(base: History) {
    this.top = { ...base };
    this.events = base.events.slice();
    this.visits = base.visits.slice();
    this.scopes = base.scopes.slice();
    this.states = new Map(base.states);
    this.links = base.links.slice();
    this.redrives = base.redrives.slice();
    this.unplaced = base.unplaced.slice();
    this.resumable = new Set(base.resumable);
    this.irregular = base.irregular;
  }

  done(): History {
    const { events, visits, scopes, states, links, redrives, unplaced, irregular } = this;
    return {
      ...this.top,
      events,
      visits,
      scopes,
      states,
      links,
      redrives,
      unplaced,
      irregular,
      resumable: [...this.resumable],
    };
  }

  /** The event with this id. */
  find(id: number): PlacedEvent | undefined {
    const regular = this.events[id - 1];
    if (regular?.id === id) return regular;
    return this.events[this.irregular.get(id) ?? NONE];
  }

  add(event: PlacedEvent): void {
    this.events.push(event);
    if (event.id === null || event.id === event.index + 1) return;
    if (!this.irregularIsOwn) this.irregular = new Map(this.irregular);
    this.irregularIsOwn = true;
    (this.irregular as Map<number, number>).set(event.id, event.index);
  }

  addVisit(visit: VisitDraft): void {
    this.own.add(visit);
    this.visits.push(visit);
  }

  addScope(scope: ScopeDraft): void {
    this.own.add(scope);
    this.scopes.push(scope);
  }

  addAttempt(visit: number, attempt: AttemptDraft): number {
    this.own.add(attempt);
    return this.visit(visit).attempts.push(attempt) - 1;
  }

  /** A visit to change. */
  visit(index: number): VisitDraft {
    const found = this.visits[index] as Visit;
    if (this.own.has(found)) return found as VisitDraft;
    const copy = { ...found, attempts: found.attempts.slice(), events: found.events.slice() };
    this.own.add(copy);
    this.visits[index] = copy;
    return copy;
  }

  /** A scope to change. */
  scope(index: number): ScopeDraft {
    const found = this.scopes[index] as Scope;
    if (this.own.has(found)) return found as ScopeDraft;
    const copy = { ...found, visits: found.visits.slice(), events: found.events.slice() };
    this.own.add(copy);
    this.scopes[index] = copy;
    return copy;
  }

  /** The last attempt of a visit, to change; undefined where there is none. */
  attempt(visit: number): AttemptDraft | undefined {
    const { attempts } = this.visits[visit] as Visit;
    const last = attempts.at(-1);
    if (last === undefined || this.own.has(last)) return last as AttemptDraft | undefined;
    const copy = { ...last, scopes: last.scopes.slice(), events: last.events.slice() };
    this.own.add(copy);
    this.visit(visit).attempts[attempts.length - 1] = copy;
    return copy;
  }

  /** The summary of a state, to change. */
  state(name: string): StateDraft {
    const found = this.states.get(name) as StateSummary;
    if (this.own.has(found)) return found as StateDraft;
    const copy = { ...found };
    this.own.add(copy);
    this.states.set(name, copy);
    return copy;
  }

  addState(state: StateDraft): void {
    this.own.add(state);
    this.states.set(state.name, state);
  }
}
