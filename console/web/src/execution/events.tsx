import Alert from "@cloudscape-design/components/alert";
import type { InputProps } from "@cloudscape-design/components/input";
import { type KeyboardEvent, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { EVERYTHING, type EventFilter, filtered } from "../history/filter";
import type { History } from "../history/model";
import { eventStep } from "./event-keys";
import { EventRows, type Place, ROW_HEIGHT } from "./event-rows";
import { EventsToolbar } from "./events-toolbar";
import { useLatest } from "./use-latest";
import { useMatches } from "./use-matches";
import "./events.css";

export interface EventListProps {
  history: History;
  /** The event with this id is gone to and opened, as an address `#event-123` says; null for none. */
  eventId?: number | null;
  /** An event was gone to: its address can be kept. */
  onEvent?: (id: number) => void;
  /** Show the state that an event belongs to. */
  onVisit?: (visit: number) => void;
  /** Pixels. */
  height?: number;
}

/** All events of an execution; only those in sight are in the page. */
export function EventList({ history, eventId = null, onEvent, onVisit, height = 560 }: EventListProps) {
  const [filter, setFilter] = useState<EventFilter>(EVERYTHING);
  const [typed, setTyped] = useState("");
  const query = useDeferredValue(typed.trim());
  const shown = useMemo(() => filtered(history, filter), [history, filter]);
  const count = shown?.length ?? history.events.length;
  const matches = useMatches(history, shown, query);
  const search = useRef<InputProps.Ref>(null);
  const [place, setPlace] = useState<Place>({ row: 0, align: null, focus: false });
  const [open, toggle] = useOpen();
  const row = Math.min(place.row, Math.max(0, count - 1));
  const match = matches.rows.indexOf(row);
  const goTo = (to: number, focus = false) => setPlace({ row: to, align: "auto", focus });
  const reveal = useReveal(history, shown, setFilter, (to) => {
    setPlace({ row: to, align: "center", focus: false });
    toggle(shown?.[to] ?? to, true);
  });
  useEffect(() => {
    if (eventId !== null) reveal(eventId);
  }, [eventId, reveal]);

  const goToMatch = (by: number, focus = false) => {
    const to = nextMatch(matches.rows, row, by);
    if (to !== undefined) goTo(to, focus);
  };
  const onKeyDown = useLatest((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = eventStep(event.key, { row, count, page: Math.floor(height / ROW_HEIGHT) - 2 });
    if (step === null) return;
    event.preventDefault();
    if (step.go !== undefined) goTo(step.go, true);
    if (step.match !== undefined) goToMatch(step.match, true);
    if (step.open !== undefined) toggle(shown?.[row] ?? row, step.open);
    if (step.search) search.current?.focus();
  });
  const onGo = useLatest((id: number) => {
    reveal(id);
    onEvent?.(id);
  });
  return (
    <div className="events">
      {history.unplaced.length > 0 && <Unplaced count={history.unplaced.length} />}
      <EventsToolbar
        {...{ history, filter, typed, matches, match, search }}
        shown={count}
        onFilter={(next) => {
          setFilter(next);
          goTo(0);
        }}
        onType={setTyped}
        onMatch={goToMatch}
      />
      <EventRows
        {...{ history, shown, query, height, place, open, onKeyDown, onGo, onVisit }}
        row={row}
        matches={matches.rows}
        onFocus={useCallback((to: number) => setPlace((now) => (now.row === to ? now : still(to))), [])}
        onToggle={toggle}
      />
    </div>
  );
}

/** Active without being scrolled to: it is in sight. */
function still(row: number): Place {
  return { row, align: null, focus: true };
}

function Unplaced({ count }: { count: number }) {
  return (
    <Alert type="warning">
      {count === 1 ? "One event fits" : `${count.toLocaleString("en")} events fit`} nowhere: of a type that is not known
      here, twice, or without the event that comes before. Choose “Those that fit nowhere” to see them.
    </Alert>
  );
}

/** The events that are open, by index; `toggle` opens and closes one, or makes it so. */
function useOpen(): [ReadonlySet<number>, (event: number, to?: boolean | "toggle") => void] {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = useCallback((event: number, to: boolean | "toggle" = "toggle") => {
    setOpen((before) => {
      const after = new Set(before);
      if (to === "toggle" ? !before.has(event) : to) after.add(event);
      else after.delete(event);
      return after;
    });
  }, []);
  return [open, toggle];
}

/** Shows an event by its id as soon as it is there, whatever the filter leaves. */
function useReveal(
  history: History,
  shown: readonly number[] | null,
  setFilter: (filter: EventFilter) => void,
  show: (row: number) => void,
): (id: number) => void {
  const [wanted, setWanted] = useState<number | null>(null);
  const showNow = useLatest(show);
  useEffect(() => {
    if (wanted === null) return;
    const index = history.events[wanted - 1]?.id === wanted ? wanted - 1 : history.irregular.get(wanted);
    if (index === undefined) return;
    const row = shown === null ? index : shown.indexOf(index);
    if (row === -1) {
      setFilter(EVERYTHING);
      return;
    }
    setWanted(null);
    showNow(row);
  }, [wanted, history, shown, setFilter, showNow]);
  return setWanted;
}

/** The row with the next match after a row, round and round; undefined where nothing matches. */
function nextMatch(rows: readonly number[], row: number, by: number): number | undefined {
  if (by > 0) return rows.find((one) => one > row) ?? rows[0];
  return rows.findLast((one) => one < row) ?? rows.at(-1);
}
