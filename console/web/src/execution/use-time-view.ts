import { useCallback, useMemo, useState } from "react";

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface TimeWindow extends Span {
  /** Whether all of the time is shown. */
  readonly fits: boolean;
  /** Show `factor` times as much of the time; what is at `at`, 0 to 1 of the width, stays there. */
  readonly zoom: (factor: number, at?: number) => void;
  /** Move by so much of what is shown. */
  readonly pan: (part: number) => void;
  readonly fit: () => void;
}

const LEAST_MS = 5;

/** Which part of the time from the first to the last moment is shown. All of it until someone zooms. */
export function useTimeWindow({ from, to }: Span): TimeWindow {
  const [chosen, choose] = useState<Span | null>(null);
  const all = useMemo(() => ({ from, to: Math.max(to, from + LEAST_MS) }), [from, to]);
  const shown = chosen ?? all;
  const change = useCallback(
    (edit: (span: Span) => Span) => choose((before) => within(edit(before ?? all), all)),
    [all],
  );
  const zoom = useCallback(
    (factor: number, at = 0.5) =>
      change((span) => {
        const length = Math.max(LEAST_MS, (span.to - span.from) * factor);
        const fixed = span.from + (span.to - span.from) * at;
        return { from: fixed - length * at, to: fixed + length * (1 - at) };
      }),
    [change],
  );
  const pan = useCallback(
    (part: number) =>
      change((span) => {
        const by = (span.to - span.from) * part;
        return { from: span.from + by, to: span.to + by };
      }),
    [change],
  );
  return { ...shown, fits: chosen === null, zoom, pan, fit: useCallback(() => choose(null), []) };
}

/** The span moved to where there is something; null where it would hold all there is. */
function within(span: Span, all: Span): Span | null {
  const length = span.to - span.from;
  if (length >= all.to - all.from) return null;
  const from = Math.min(Math.max(span.from, all.from), all.to - length);
  return { from, to: from + length };
}
