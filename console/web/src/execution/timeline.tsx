import Button from "@cloudscape-design/components/button";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { useClock } from "../app/clock";
import { lengthOf } from "../app/periods";
import type { TimeView } from "../history/bars";
import { type History, NONE } from "../history/model";
import { ticks } from "../history/ticks";
import { openedFor, type TimelineRow, timelineRows } from "../history/timeline";
import { timelineStep } from "./timeline-keys";
import { Legend } from "./timeline-legend";
import { usePanning, useSize, useWheelZoom } from "./timeline-pointer";
import { opens, ROW_HEIGHT, TimelineRowView } from "./timeline-row";
import { type Pointed, pointedVisit, TimelineTip } from "./timeline-tip";
import { useLatest } from "./use-latest";
import { type TimeWindow, useTimeWindow } from "./use-time-view";
import "./timeline.css";

export interface TimelineProps {
  history: History;
  /** The visit that is shown elsewhere: its row is opened and marked. */
  visit?: number | null;
  onVisit?: (visit: number) => void;
  /** Pixels. */
  height?: number;
}

const TICK_PIXELS = 110;

/** When everything happened: a row for each state with a bar for each visit, those inside Map and Parallel states in rows below. */
export function Timeline({ history, visit = null, onVisit, height = 480 }: TimelineProps) {
  const now = useNow(history);
  const from = history.startedAt ?? history.events.find(({ at }) => at !== null)?.at ?? 0;
  const window = useTimeWindow({ from, to: Math.max(history.endedAt ?? now, history.lastAt ?? 0) });
  const [frame, { width, left }] = useSize();
  const view = useMemo<TimeView>(() => ({ from: window.from, to: window.to, width }), [window.from, window.to, width]);
  return (
    <div className="timeline" ref={frame}>
      <div className="timeline-bar">
        <Legend history={history} />
        <Zoom window={window} />
      </div>
      <Chart {...{ history, visit, onVisit, height, window, view, left, now }} />
    </div>
  );
}

/** The time while the execution runs, each second; the last that happened once it has ended. */
function useNow(history: History): number {
  const running = history.status === "RUNNING";
  const last = history.lastAt ?? 0;
  return useClock((now) => (running ? Math.max(Math.floor(now / 1000) * 1000, last) : last));
}

function Zoom({ window }: { window: TimeWindow }) {
  return (
    <span className="timeline-zoom">
      <Button variant="icon" iconName="zoom-in" ariaLabel="Zoom in" onClick={() => window.zoom(0.5)} />
      <Button
        variant="icon"
        iconName="zoom-out"
        ariaLabel="Zoom out"
        disabled={window.fits}
        onClick={() => window.zoom(2)}
      />
      <Button
        variant="icon"
        iconName="zoom-to-fit"
        ariaLabel="Show all of the time"
        disabled={window.fits}
        onClick={window.fit}
      />
    </span>
  );
}

interface ChartProps {
  history: History;
  visit: number | null;
  onVisit: ((visit: number) => void) | undefined;
  height: number;
  window: TimeWindow;
  view: TimeView;
  left: number;
  now: number;
}

function Chart({ history, visit, onVisit, height, window, view, left, now }: ChartProps) {
  const id = useId();
  const chart = useRef<HTMLDivElement>(null);
  const scroll = useRef<HTMLDivElement>(null);
  const { rows, opened, setOpen } = useRows(history, visit);
  const [place, setActive] = useState(0);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const active = Math.min(place, Math.max(0, rows.length - 1));
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    initialRect: { width: 0, height },
    scrollPaddingEnd: ROW_HEIGHT,
    overscan: 6,
  });
  const selected = useMemo(() => {
    return visit === null ? -1 : rows.findLastIndex((row) => row.kind === "state" && row.visits.includes(visit));
  }, [rows, visit]);
  useEffect(() => {
    if (opened > 0 && selected >= 0) virtual.scrollToIndex(selected, { align: "auto" });
  }, [opened, selected, virtual]);
  useWheelZoom(scroll, window, left);
  const idOf = (index: number) => `${id}-${index}`;
  const panning = usePanning(window, view.width);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = timelineStep(event, rows, active, Math.floor(height / ROW_HEIGHT) - 2);
    const row = rows[active];
    if (step === null || row === undefined) return;
    event.preventDefault();
    if (step.row !== undefined) {
      setActive(step.row);
      virtual.scrollToIndex(step.row, { align: "auto" });
      const target = idOf(step.row);
      // The page as well, where the timeline is taller than what is in sight of it.
      requestAnimationFrame(() => document.getElementById(target)?.scrollIntoView?.({ block: "nearest" }));
    }
    if (step.open !== undefined && opens(history, row)) setOpen(row.key, step.open);
    if (step.zoom !== undefined) window.zoom(step.zoom);
    if (step.pan !== undefined) window.pan(step.pan);
    if (step.fit) window.fit();
    if (step.show && row.kind === "state") onVisit?.(row.visits.at(-1) as number);
  };
  const onPress = (index: number, onLabel: boolean, event: PointerEvent) => {
    const row = rows[index];
    if (event.button !== 0 || row === undefined) return;
    setActive(index);
    if (onLabel && opens(history, row)) setOpen(row.key, !row.isOpen);
    else if (onLabel && row.kind === "state") onVisit?.(row.visits.at(-1) as number);
    else if (!onLabel) {
      panning.start(event, (x) => {
        const found = pointedVisit(history, row, view, now, x);
        if (found !== null) onVisit?.(found.index);
      });
    }
  };
  const press = useLatest(onPress);
  const onPoint = useCallback((index: number, { nativeEvent, currentTarget }: PointerEvent) => {
    const top = chart.current?.getBoundingClientRect().top ?? 0;
    setPointed({ index, x: nativeEvent.offsetX, top: currentTarget.getBoundingClientRect().bottom - top });
  }, []);
  const pointedRow = pointed === null ? undefined : rows[pointed.index];
  const items = virtual.getVirtualItems();
  return (
    <div ref={chart} className="timeline-chart">
      <div
        ref={scroll}
        role="tree"
        aria-label="Timeline"
        aria-activedescendant={items.some(({ index }) => index === active) ? idOf(active) : undefined}
        tabIndex={0}
        className="timeline-scroll"
        style={{ height: Math.min(height, virtual.getTotalSize() + ROW_HEIGHT + 2) }}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setPointed(null)}
        onScroll={() => setPointed(null)}
      >
        <Axis history={history} view={view} left={left} />
        <div role="none" className="timeline-rows" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, key, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <TimelineRowView
                key={key}
                id={idOf(index)}
                {...{ history, row, index, view, onPoint }}
                top={start}
                now={goesOn(history, row) ? now : NEVER}
                isActive={index === active}
                isSelected={index === selected}
                onPress={press}
              />
            );
          })}
          {history.status === "RUNNING" && now >= view.from && now <= view.to && (
            <div className="timeline-now" style={{ transform: `translateX(${left + xOf(now, view)}px)` }} />
          )}
        </div>
      </div>
      {pointed !== null && pointedRow !== undefined && !panning.moving && (
        <TimelineTip {...{ history, view, now, pointed, left }} row={pointedRow} />
      )}
    </div>
  );
}

/** For rows that have ended, so that they are not drawn again as the time goes on. */
const NEVER = 0;

function goesOn(history: History, row: TimelineRow): boolean {
  if (row.kind === "flow") return history.scopes[row.scope]?.status === "RUNNING";
  return history.visits[row.visits.at(-1) ?? NONE]?.ended === false;
}

function xOf(at: number, { from, to, width }: TimeView): number {
  return ((at - from) / Math.max(1, to - from)) * width;
}

/** The rows, and what someone has opened and closed; `opened` counts how often rows were opened to show a visit. */
function useRows(history: History, visit: number | null) {
  const [state, setState] = useState({ open: new Map<string, boolean>(), opened: 0 });
  const latest = useRef(history);
  useEffect(() => {
    latest.current = history;
  });
  useEffect(() => {
    if (visit === null) return;
    const needed = openedFor(latest.current, visit);
    setState(({ open, opened }) => ({ open: new Map([...open, ...needed]), opened: opened + 1 }));
  }, [visit]);
  const rows = useMemo(() => timelineRows(history, state.open), [history, state.open]);
  const setOpen = (key: string, to: boolean) => {
    setState(({ open, opened }) => ({ open: new Map(open).set(key, to), opened }));
  };
  return { rows, opened: state.opened, setOpen };
}

function Axis({ history, view, left }: { history: History; view: TimeView; left: number }) {
  const start = history.startedAt ?? view.from;
  const marks = ticks(view.from - start, view.to - start, Math.max(2, Math.floor(view.width / TICK_PIXELS)));
  return (
    <div className="timeline-axis" aria-hidden="true">
      {marks.map((after) => (
        <span
          key={after}
          className="timeline-tick"
          style={{ transform: `translateX(${left + xOf(start + after, view)}px)` }}
        >
          {after === 0 ? "0" : `+${lengthOf(after)}`}
        </span>
      ))}
    </div>
  );
}
