import { useSyncExternalStore } from "react";

/** As wide as Cloudscape's own step from one column to the side by side. */
const NARROW = window.matchMedia("(max-width: 688px)");

export function isNarrow(): boolean {
  return NARROW.matches;
}

/** Whether there is room for a few columns only. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, isNarrow);
}

function subscribe(listener: () => void): () => void {
  NARROW.addEventListener("change", listener);
  return () => NARROW.removeEventListener("change", listener);
}
