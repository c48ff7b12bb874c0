import { useCallback, useEffect, useRef } from "react";

/** A function that stays the same and does what the latest one does. */
export function useLatest<Given extends unknown[]>(latest: (...given: Given) => void): (...given: Given) => void {
  const kept = useRef(latest);
  useEffect(() => {
    kept.current = latest;
  });
  return useCallback((...given: Given) => kept.current(...given), []);
}
