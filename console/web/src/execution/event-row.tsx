import { type KeyboardEvent, memo, type Ref, useEffect, useRef } from "react";
import { lengthOf } from "../app/periods";
import { Time } from "../app/time";
import { flowOf, gist } from "../history/filter";
import type { History, PlacedEvent } from "../history/model";
import { Marked } from "../payload";
import { EventDetails } from "./event-details";

export interface EventRowProps {
  history: History;
  event: PlacedEvent;
  /** Its place in the list, from 0, and how many there are. */
  row: number;
  count: number;
  top: number;
  query: string;
  isOpen: boolean;
  isActive: boolean;
  /** Whether the active row has the focus. */
  hasFocus: boolean;
  isMatch: boolean;
  measure: Ref<HTMLLIElement> | undefined;
  onFocus: (row: number) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onToggle: (event: number) => void;
  onGo: (event: number) => void;
  onVisit: ((visit: number) => void) | undefined;
}

/** An event: one line, and below it its details where it is open. */
export const EventRow = memo(function EventRow(props: EventRowProps) {
  const { row, count, top, isOpen, measure } = props;
  return (
    <li
      ref={measure}
      data-index={row}
      aria-setsize={count}
      aria-posinset={row + 1}
      className="events-item"
      style={{ transform: `translateY(${top}px)` }}
    >
      <Line {...props} />
      {isOpen && <Open {...props} />}
    </li>
  );
});

const TONE = /(?:Failed|TimedOut|Aborted|Succeeded)$/;

function Line(props: EventRowProps) {
  const { history, event, row, query, isOpen, isActive, hasFocus, isMatch, onFocus, onKeyDown, onToggle } = props;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isActive && hasFocus) button.current?.focus();
  }, [isActive, hasFocus]);
  const { startedAt } = history;
  const flow = flowOf(history, event);
  const look = ["events-row", isActive && "is-active", isMatch && "is-match", TONE.exec(event.type)?.[0]];
  return (
    <button
      ref={button}
      type="button"
      tabIndex={isActive ? 0 : -1}
      aria-expanded={isOpen}
      className={look.filter(Boolean).join(" ")}
      onFocus={() => onFocus(row)}
      onKeyDown={onKeyDown}
      onClick={() => onToggle(event.index)}
    >
      <span className="events-event">
        <span className="events-toggle" aria-hidden="true">
          {isOpen ? "▾" : "▸"}
        </span>
        {event.id ?? "–"}
      </span>
      <span className="events-type">
        <Marked text={event.type === "" ? "(not an event)" : event.type} query={query} />
      </span>
      <span className="events-state">
        <Marked text={history.visits[event.visit]?.name ?? ""} query={query} />
        {flow !== "" && <span className="events-flow"> in {flow}</span>}
      </span>
      <span className="events-after">
        {event.at !== null && startedAt !== null && `+${lengthOf(event.at - startedAt)}`}
      </span>
      <span className="events-details">
        <Marked text={gist(event.details, isMatch ? query : "")} query={query} />
      </span>
    </button>
  );
}

function Open({ history, event, query, onGo, onVisit }: EventRowProps) {
  const visit = history.visits[event.visit];
  const before = event.previousId;
  return (
    <div className="events-open">
      <div className="events-about">
        <Time at={event.at} precise />
        {before > 0 && (
          <button type="button" className="baton-link" onClick={() => onGo(before)}>
            follows event {before}
          </button>
        )}
        {visit !== undefined && onVisit !== undefined && (
          <button type="button" className="baton-link" onClick={() => onVisit(visit.index)}>
            state {visit.name}
          </button>
        )}
        {event.scope < 0 && <span>It fits nowhere in this history.</span>}
      </div>
      <EventDetails event={event} query={query} />
    </div>
  );
}
