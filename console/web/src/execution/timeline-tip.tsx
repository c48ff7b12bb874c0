import { lengthOf } from "../app/periods";
import { STATUS_TEXT } from "../graph/statuses";
import { type TimeView, visitAt } from "../history/bars";
import type { History, Scope, Visit } from "../history/model";
import type { TimelineRow } from "../history/timeline";
import { Marked } from "../payload";
import { period, retriesOf } from "./timeline-row";

/** Where something points to: pixels from the left of the bars, and from the top of the rows. */
export interface Pointed {
  index: number;
  x: number;
  top: number;
}

interface TipProps {
  history: History;
  row: TimelineRow;
  view: TimeView;
  now: number;
  pointed: Pointed;
  /** Where the bars begin. */
  left: number;
}

const REACH_PIXELS = 5;

/** What is under the pointer, for those who point; the row says the same to those who listen. */
export function TimelineTip({ history, row, view, now, pointed, left }: TipProps) {
  const lines =
    row.kind === "flow"
      ? aboutFlow(history, row.scope, now)
      : aboutVisit(history, pointedVisit(history, row, view, now, pointed.x), now);
  if (lines === null) return null;
  const beyond = pointed.x > view.width / 2;
  const x = left + pointed.x;
  return (
    <div
      className="timeline-tip"
      aria-hidden="true"
      style={{ transform: `translate(${beyond ? `calc(${x - 8}px - 100%)` : `${x + 8}px`}, ${pointed.top}px)` }}
    >
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no other order
        <div key={index}>
          <Marked text={line} />
        </div>
      ))}
    </div>
  );
}

export function pointedVisit(history: History, row: TimelineRow, view: TimeView, now: number, x: number): Visit | null {
  if (row.kind === "flow") return null;
  const scale = (view.to - view.from) / Math.max(1, view.width);
  return visitAt(history, row.visits, view.from + x * scale, REACH_PIXELS * scale, now);
}

function aboutFlow(history: History, scope: number, now: number): string[] {
  const { startedAt, endedAt, status, kind, position } = history.scopes[scope] as Scope;
  const name = `${kind === "iteration" ? "Iteration" : "Branch"} ${position + 1}`;
  return [`${name}: ${STATUS_TEXT[status].toLowerCase()}`, period(history, startedAt, endedAt, now)];
}

const CAUSE_SHOWN = 200;

function aboutVisit(history: History, visit: Visit | null, now: number): string[] | null {
  if (visit === null) return null;
  const { name, ordinal, status, enteredAt, endedAt, error, cause, attempts } = visit;
  const retries = retriesOf(visit);
  const delays = attempts.flatMap(({ delay }) => (delay === null ? [] : [lengthOf(delay)]));
  const which = (history.states.get(name)?.visits ?? 1) > 1 ? `${name}, visit ${ordinal}` : name;
  const lines = [`${which}: ${STATUS_TEXT[status].toLowerCase()}`, period(history, enteredAt, endedAt, now)];
  if (retries > 0) lines.push(`${attempts.length} attempts, with pauses of ${delays.slice(0, 5).join(", ")}`);
  if (error !== null || cause !== null) lines.push([error, cause].filter(Boolean).join(": ").slice(0, CAUSE_SHOWN));
  return lines;
}
