import type { Attempt, History, Visit } from "../history/model";
import type { StateInDefinition } from "./definition";

/** A visit that is not over and has nothing inside that it waits for: where the execution stands. Times in milliseconds. */
export interface OpenVisit {
  visit: Visit;
  attempt: Attempt | null;
  /** When what it waits for began. */
  since: number | null;
  /** When it times out, or when a Wait state is over; null where the history does not say. */
  until: number | null;
  /** When the heartbeat is due if none has come since; heartbeats are in no history. */
  heartbeat: number | null;
}

/** Where an execution stands, at most `limit` places, and how many there are; `withoutWaits` leaves out waits for a token. */
export function openVisits(
  history: History,
  states: ReadonlyMap<string, StateInDefinition>,
  limit: number,
  withoutWaits = false,
): { shown: OpenVisit[]; total: number } {
  const shown: OpenVisit[] = [];
  let total = 0;
  const enter = (scope: number): void => {
    const found = history.scopes[scope];
    const visit = found === undefined ? undefined : history.visits[found.current];
    if (visit === undefined || visit.ended) return;
    const inside = (visit.attempts.at(-1)?.scopes ?? []).filter((one) => history.scopes[one]?.status === "RUNNING");
    if (inside.length > 0) for (const one of inside) enter(one);
    else if (!(withoutWaits && visit.status === "WAITING")) {
      total += 1;
      if (shown.length < limit) shown.push(openVisit(visit, states.get(visit.name)));
    }
  };
  if (history.status === "RUNNING") enter(0);
  return { shown, total };
}

function openVisit(visit: Visit, state: StateInDefinition | undefined): OpenVisit {
  const attempt = visit.attempts.at(-1) ?? null;
  const since = attempt?.scheduledAt ?? visit.enteredAt;
  const after = (seconds: number | null | undefined) =>
    since === null || seconds === null || seconds === undefined ? null : since + seconds * 1000;
  return {
    visit,
    attempt,
    since,
    until: visit.type === "Wait" ? waitsUntil(visit, state) : after(attempt?.timeoutSeconds),
    heartbeat: after(attempt?.heartbeatSeconds),
  };
}

function waitsUntil(visit: Visit, state: StateInDefinition | undefined): number | null {
  if (state === undefined || visit.enteredAt === null) return null;
  const { Seconds: seconds, Timestamp: timestamp } = JSON.parse(state.text) as Record<string, unknown>;
  if (typeof seconds === "number") return visit.enteredAt + seconds * 1000;
  const at = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
