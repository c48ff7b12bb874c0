import { useSyncExternalStore } from "react";

/** One clock for every age on the page: it ticks each second while somebody looks. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let now = Date.now();

function tick(): void {
  if (document.visibilityState === "hidden") return;
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (timer === null) {
    now = Date.now();
    timer = setInterval(tick, 1000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** What `read` makes of the time, in milliseconds since 1970; drawn again only when that changes. */
export function useClock<Value extends string | number>(read: (now: number) => Value): Value {
  return useSyncExternalStore(subscribe, () => read(now));
}
