import { useLocation, useNavigate } from "react-router";

/** Where a list that is read by cursors stands. The browser's own Back goes back a page. */
export interface Trail {
  /** The cursor of the page that is shown, null for the first. */
  cursor: string | null;
  /** Counted from 1. */
  page: number;
  /** Go to a page that was shown before, or, with its cursor, to the next. */
  go: (page: number, next: string | null) => void;
}

/** Pages of a list, kept with the entry in the browser's history: another search begins at the first page. */
export function useTrail(): Trail {
  const { search, state } = useLocation();
  const navigate = useNavigate();
  const cursors = cursorsIn(state);
  return {
    cursor: cursors.at(-1) ?? null,
    page: cursors.length + 1,
    go: (page, next) => {
      const kept = page > cursors.length + 1 && next !== null ? [...cursors, next] : cursors.slice(0, page - 1);
      void navigate({ search }, { state: { cursors: kept } });
    },
  };
}

/** The cursors of the pages after the first, up to the one that is shown. */
export function cursorsIn(state: unknown): string[] {
  if (typeof state !== "object" || state === null || !("cursors" in state) || !Array.isArray(state.cursors)) return [];
  return state.cursors.every((cursor) => typeof cursor === "string") ? state.cursors : [];
}
