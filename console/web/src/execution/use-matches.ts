import { useEffect, useState } from "react";
import { matcher } from "../history/filter";
import type { History, PlacedEvent } from "../history/model";

export interface Matches {
  /** Which of the events shown hold the text, by their place in the list, ascending. */
  readonly rows: readonly number[];
  /** Whether some are still to be looked at. */
  readonly searching: boolean;
}

const NOTHING: Matches = { rows: [], searching: false };
/** Of work at a time, so that typing and scrolling go on. */
const SLICE_MS = 8;

/** Search the events shown for a text, a few milliseconds at a time. */
export function useMatches(history: History, shown: readonly number[] | null, query: string): Matches {
  const [found, setFound] = useState<Matches & { query: string }>({ ...NOTHING, query: "" });
  useEffect(() => {
    if (query === "") return;
    const matches = matcher(query);
    const count = shown?.length ?? history.events.length;
    const rows: number[] = [];
    let next = 0;
    let timer: ReturnType<typeof setTimeout>;
    const look = (): void => {
      const until = performance.now() + SLICE_MS;
      while (next < count && performance.now() < until) {
        for (const end = Math.min(next + 50, count); next < end; next += 1) {
          const event = history.events[shown?.[next] ?? next] as PlacedEvent;
          if (matches(history, event)) rows.push(next);
        }
      }
      const searching = next < count;
      setFound({ rows: searching ? rows.slice() : rows, searching, query });
      if (searching) timer = setTimeout(look);
    };
    look();
    return () => clearTimeout(timer);
  }, [history, shown, query]);
  if (query === "") return NOTHING;
  return found.query === query ? found : { rows: found.rows, searching: true };
}
