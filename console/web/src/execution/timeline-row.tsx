import { memo, type PointerEvent, useMemo } from "react";
import { lengthOf } from "../app/periods";
import { STATUS_TEXT } from "../graph/statuses";
import { drawRow, type TimeView } from "../history/bars";
import type { History, Scope, Visit } from "../history/model";
import type { TimelineRow } from "../history/timeline";

interface TimelineRowProps {
  id: string;
  history: History;
  row: TimelineRow;
  index: number;
  top: number;
  view: TimeView;
  /** Of a row in which nothing goes on any more, always the same. */
  now: number;
  isActive: boolean;
  isSelected: boolean;
  onPress: (index: number, onLabel: boolean, event: PointerEvent) => void;
  onPoint: (index: number, event: PointerEvent) => void;
}

export const ROW_HEIGHT = 28;

/** A state or a flow: its name, and its bars. */
export const TimelineRowView = memo(function TimelineRowView(props: TimelineRowProps) {
  const { id, history, row, index, top, view, now, isActive, isSelected, onPress, onPoint } = props;
  const drawn = useMemo(() => drawRow(history, row, view, now), [history, row, view, now]);
  const canOpen = opens(history, row);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names the active row
    <div
      id={id}
      role="treeitem"
      aria-label={said(history, row, now)}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={canOpen ? row.isOpen : undefined}
      aria-selected={isSelected}
      className={`timeline-row${isActive ? " is-active" : ""}${isSelected ? " is-selected" : ""}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span
        className="timeline-label"
        style={{ paddingInlineStart: 4 + Math.min(row.level - 1, 8) * 12 }}
        title={row.label}
        onPointerDown={(event) => onPress(index, true, event)}
      >
        <span className="timeline-toggle">{canOpen ? (row.isOpen ? "▾" : "▸") : ""}</span>
        {row.label}
        {row.kind === "state" && row.visits.length > 1 && <span className="timeline-count"> ×{row.visits.length}</span>}
      </span>
      <svg
        className="timeline-bars"
        width={view.width}
        height={ROW_HEIGHT}
        aria-hidden="true"
        onPointerDown={(event) => onPress(index, false, event)}
        onPointerMove={(event) => onPoint(index, event)}
      >
        <rect width={view.width} height={ROW_HEIGHT} className="timeline-ground" />
        {drawn.map(({ shape, status, path }) => (
          <path key={`${shape} ${status}`} className={`timeline-${shape} is-${status.toLowerCase()}`} d={path} />
        ))}
      </svg>
    </div>
  );
});

export function opens(history: History, row: TimelineRow): boolean {
  return row.kind === "state" ? row.flows > 0 : (history.scopes[row.scope] as Scope).visits.length > 0;
}

/** The row in words; it begins with what the label shows, by which somebody who speaks to the page calls it. */
function said(history: History, row: TimelineRow, now: number): string {
  const status = STATUS_TEXT[row.status].toLowerCase();
  if (row.kind === "flow") {
    const { startedAt, endedAt } = history.scopes[row.scope] as Scope;
    return [row.label, status, period(history, startedAt, endedAt, now)].filter(Boolean).join(", ");
  }
  const first = history.visits[row.visits[0] as number] as Visit;
  const last = history.visits[row.visits.at(-1) as number] as Visit;
  const retries = row.visits.reduce((sum, visit) => sum + retriesOf(history.visits[visit] as Visit), 0);
  return [
    row.visits.length > 1 ? `${row.label} ×${row.visits.length}` : row.label,
    status,
    retries > 0 && `${retries} ${retries === 1 ? "retry" : "retries"}`,
    row.flows > 0 && `${row.flows} ${row.flows === 1 ? "flow" : "flows"} inside`,
    period(history, first.enteredAt, last.endedAt, now),
  ]
    .filter(Boolean)
    .join(", ");
}

export function retriesOf(visit: Visit): number {
  return Math.max(0, visit.attempts.length - 1);
}

/** From when on and how long, in words; empty where that is not known. */
export function period(history: History, from: number | null, to: number | null, now: number): string {
  if (from === null || history.startedAt === null) return "";
  const length = lengthOf((to ?? now) - from);
  return `after ${lengthOf(from - history.startedAt)}, ${to === null ? `for ${length} so far` : `for ${length}`}`;
}
