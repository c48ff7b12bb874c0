import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { History, PlacedEvent } from "../history/model";
import { EventRow } from "./event-row";

export const ROW_HEIGHT = 32;
/** Below this width a row has two lines: see `events.css`. */
const NARROW = 700;
const TWO_LINES = 48;

/** Which row is active; how it is brought into sight, null where it is there; whether it has the focus. */
export interface Place {
  row: number;
  align: "auto" | "center" | null;
  focus: boolean;
}

interface EventRowsProps {
  history: History;
  /** The events shown, null for all. */
  shown: readonly number[] | null;
  place: Place;
  row: number;
  open: ReadonlySet<number>;
  query: string;
  matches: readonly number[];
  height: number;
  onFocus: (row: number) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onToggle: (event: number) => void;
  onGo: (id: number) => void;
  onVisit: ((visit: number) => void) | undefined;
}

/** The rows in sight. Scrolling draws only them again. */
export function EventRows(props: EventRowsProps) {
  const { history, shown, place, row, open, query, matches, height, onFocus, onKeyDown, onToggle, onGo, onVisit } =
    props;
  const scroll = useRef<HTMLDivElement>(null);
  const count = shown?.length ?? history.events.length;
  const rowHeight = useSyncExternalStore(onResize, closedHeight);
  const matching = useMemo(() => new Set(matches), [matches]);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    // Both stay the same functions: for others all rows would be measured again at each turn of the wheel.
    estimateSize: useCallback(() => rowHeight, [rowHeight]),
    getItemKey: useCallback((index: number) => shown?.[index] ?? index, [shown]),
    initialRect: { width: 0, height },
    overscan: 8,
    // The head covers as much above as it moves the rows down.
    scrollPaddingEnd: ROW_HEIGHT,
    // The active row may have the focus: it stays in the page however far somebody scrolls.
    rangeExtractor: (range) => withRow(defaultRangeExtractor(range), row, count),
  });
  useEffect(() => {
    if (place.align === null) return;
    if (row > 0) virtual.scrollToIndex(row, { align: place.align });
    else virtual.scrollToOffset(0);
    scroll.current?.scrollIntoView?.({ block: "nearest" });
  }, [place, row, virtual]);
  const opened = useRef(open);
  useEffect(() => {
    for (const event of opened.current) {
      const row = shown?.indexOf(event) ?? event;
      if (!open.has(event) && row >= 0) virtual.resizeItem(row, rowHeight);
    }
    opened.current = open;
  }, [open, shown, virtual, rowHeight]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured holds for the height that rows had
  useEffect(() => virtual.measure(), [rowHeight, virtual]);
  return (
    <div ref={scroll} className="events-scroll" style={{ height }}>
      <div className="events-row events-head" aria-hidden="true">
        {["Event", "Type", "State", "After", "Details"].map((title) => (
          <span key={title} className={`events-${title.toLowerCase()}`}>
            {title}
          </span>
        ))}
      </div>
      {count === 0 && <p className="events-nothing">No events{history.events.length > 0 && " like that"}.</p>}
      <ol aria-label="Events" className="events-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const event = history.events[shown?.[index] ?? index] as PlacedEvent;
          return (
            <EventRow
              key={key}
              {...{ history, event, query, count, onFocus, onKeyDown, onToggle, onGo, onVisit }}
              row={index}
              top={start}
              isOpen={open.has(event.index)}
              isActive={index === row}
              hasFocus={place.focus}
              isMatch={matching.has(index)}
              // Closed rows have one height: to measure them would make the browser lay out each as it comes.
              measure={open.has(event.index) ? virtual.measureElement : undefined}
            />
          );
        })}
      </ol>
    </div>
  );
}

function onResize(listener: () => void): () => void {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
}

function closedHeight(): number {
  return window.innerWidth > NARROW ? ROW_HEIGHT : TWO_LINES;
}

function withRow(rows: number[], row: number, count: number): number[] {
  if (row >= count || rows.includes(row)) return rows;
  return [...rows, row].sort((one, other) => one - other);
}
