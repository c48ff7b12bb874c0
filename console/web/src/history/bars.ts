/** What a timeline draws of visits: bars with a beginning and an end, and how they look. */
import type { Attempt, AttemptStatus, ExecutionStatus, History, Scope, StateStatus, Visit } from "./model";
import { NONE } from "./model";
import type { TimelineRow } from "./timeline";

/** `work` fills the row; `wait` is a task that waits for its token, or a Wait state; `thin` is what lies between attempts. */
export type Shape = "work" | "wait" | "thin";

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly shape: Shape;
  readonly status: StateStatus;
}

/** Bars that look the same, as one path of an SVG. */
export interface Drawn {
  readonly shape: Shape;
  readonly status: StateStatus;
  readonly path: string;
}

/** What of the time is shown, in milliseconds since 1970, on so many pixels. */
export interface TimeView {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

const LEAST_PIXELS = 2;
const TOP: Record<Shape, number> = { work: 6, wait: 6, thin: 12 };
const HEIGHT: Record<Shape, number> = { work: 16, wait: 16, thin: 4 };
/** What is told where bars are too narrow to be told apart. */
const WEIGHT: readonly StateStatus[] = [
  "SUCCEEDED",
  "ABORTED",
  "CAUGHT",
  "RUNNING",
  "RETRYING",
  "WAITING",
  "TIMED_OUT",
  "FAILED",
];

/** The paths of a row. What is too narrow to be seen is drawn together, so that a row costs no more than its pixels. */
export function drawRow(history: History, row: TimelineRow, view: TimeView, now: number): Drawn[] {
  const drawing = new Drawing(view);
  if (row.kind === "flow") {
    const bar = barOfFlow(history, history.scopes[row.scope] as Scope, now);
    if (bar !== null) drawing.add(bar);
    return drawing.done();
  }
  for (let place = firstInView(history, row.visits, view.from); place < row.visits.length; place += 1) {
    const visit = history.visits[row.visits[place] as number] as Visit;
    if (visit.enteredAt !== null && visit.enteredAt > view.to) break;
    for (const bar of barsOf(visit, now)) drawing.add(bar);
  }
  return drawing.done();
}

/** Visits of one flow follow one another: the first that has not ended before the view begins. */
function firstInView(history: History, visits: readonly number[], from: number): number {
  let [low, high] = [0, visits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const visit = history.visits[visits[middle] as number] as Visit;
    if (visit.endedAt !== null && visit.endedAt < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The visit of a row at a time, or the nearest within `reach` milliseconds; null where there is none. */
export function visitAt(
  history: History,
  visits: readonly number[],
  at: number,
  reach: number,
  now: number,
): Visit | null {
  let found: Visit | null = null;
  let nearest = reach;
  for (let place = firstInView(history, visits, at - reach); place < visits.length; place += 1) {
    const visit = history.visits[visits[place] as number] as Visit;
    const from = visit.enteredAt;
    if (from === null) continue;
    if (from > at + reach) break;
    const distance = Math.max(from - at, at - (visit.endedAt ?? now), 0);
    if (distance < nearest || (distance === 0 && found === null)) [found, nearest] = [visit, distance];
  }
  return found;
}

/** The bars of a visit, the lowest first; those of one that is over are made once. */
export function barsOf(visit: Visit, now: number): readonly Bar[] {
  if (!visit.ended) return makeBars(visit, now);
  const known = kept.get(visit);
  if (known !== undefined) return known;
  const bars = makeBars(visit, now);
  kept.set(visit, bars);
  return bars;
}

const kept = new WeakMap<Visit, readonly Bar[]>();

function makeBars(visit: Visit, now: number): Bar[] {
  const from = visit.enteredAt;
  if (from === null) return [];
  const to = Math.max(from, visit.endedAt ?? now);
  const { status } = visit;
  if (visit.attempts.length === 0) return [{ from, to, shape: visit.type === "Wait" ? "wait" : "work", status }];
  const bars: Bar[] = [];
  let until: number | null = from;
  for (const attempt of visit.attempts) {
    const begun = attempt.scheduledAt ?? attempt.startedAt;
    if (until !== null && begun !== null && begun > until) bars.push({ from: until, to: begun, shape: "thin", status });
    bars.push(...barsOfAttempt(attempt, to));
    until = attempt.endedAt;
  }
  if (until !== null && to > until) bars.push({ from: until, to, shape: "thin", status });
  return bars;
}

function barsOfAttempt(attempt: Attempt, end: number): Bar[] {
  const from = attempt.scheduledAt ?? attempt.startedAt;
  if (from === null) return [];
  const to = Math.max(from, attempt.endedAt ?? end);
  const status = shownAs(attempt.status);
  if (!attempt.waitsForToken || attempt.submittedAt === null) return [{ from, to, shape: "work", status }];
  const submitted = Math.min(Math.max(from, attempt.submittedAt), to);
  return [
    { from, to: submitted, shape: "work", status },
    { from: submitted, to, shape: "wait", status },
  ];
}

function barOfFlow(history: History, { startedAt, endedAt, status, current, visits }: Scope, now: number): Bar | null {
  if (startedAt === null) return null;
  // Nothing says that a branch is over: it has left its last state.
  const left = current === NONE ? (history.visits[visits.at(-1) ?? NONE]?.endedAt ?? null) : null;
  return { from: startedAt, to: Math.max(startedAt, left ?? endedAt ?? now), shape: "work", status: shownAs(status) };
}

function shownAs(status: AttemptStatus | ExecutionStatus): StateStatus {
  return status;
}

interface Pending {
  left: number;
  right: number;
  status: StateStatus;
}

class Drawing {
  readonly #paths = new Map<string, { shape: Shape; status: StateStatus; parts: string[] }>();
  readonly #narrow = new Map<Shape, Pending>();
  readonly #scale: number;

  constructor(private readonly view: TimeView) {
    this.#scale = view.width / Math.max(1, view.to - view.from);
  }

  add({ from, to, shape, status }: Bar): void {
    const { view } = this;
    if (to < view.from || from > view.to) return;
    const left = Math.max(-1, (from - view.from) * this.#scale);
    const right = Math.min(view.width + 1, (to - view.from) * this.#scale);
    if (right - left >= LEAST_PIXELS) {
      this.#flush(shape);
      this.#draw(left, right, shape, status);
      return;
    }
    const pending = this.#narrow.get(shape);
    if (pending !== undefined && left < pending.right) {
      pending.right = Math.max(pending.right, right);
      if (WEIGHT.indexOf(status) > WEIGHT.indexOf(pending.status)) pending.status = status;
      return;
    }
    this.#flush(shape);
    this.#narrow.set(shape, { left, right: left + LEAST_PIXELS, status });
  }

  done(): Drawn[] {
    for (const shape of [...this.#narrow.keys()]) this.#flush(shape);
    const drawn = [...this.#paths.values()].map(({ shape, status, parts }) => ({
      shape,
      status,
      path: parts.join(""),
    }));
    // What lies between attempts lies below them.
    return drawn.sort((one, other) => Number(other.shape === "thin") - Number(one.shape === "thin"));
  }

  #flush(shape: Shape): void {
    const pending = this.#narrow.get(shape);
    if (pending === undefined) return;
    this.#narrow.delete(shape);
    this.#draw(pending.left, pending.right, shape, pending.status);
  }

  #draw(left: number, right: number, shape: Shape, status: StateStatus): void {
    const key = `${shape} ${status}`;
    const path = this.#paths.get(key) ?? { shape, status, parts: [] };
    this.#paths.set(key, path);
    const width = round(right - left);
    path.parts.push(`M${round(left)} ${TOP[shape]}h${width}v${HEIGHT[shape]}h${-width}z`);
  }
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
