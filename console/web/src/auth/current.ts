import { useSyncExternalStore } from "react";
import { Session, type Standing } from "./session";
import type { Person } from "./tokens";

/** The session of this tab. */
export const session = new Session({
  storage: window.sessionStorage,
  origin: window.location.origin,
  fetch: (...request) => window.fetch(...request),
  now: Date.now,
  go: (address) => window.location.assign(address),
});

export function useStanding(): Standing {
  return useSyncExternalStore(session.subscribe, () => session.standing);
}

/** Who has signed in, null before and after. */
export function usePerson(): Person | null {
  const standing = useStanding();
  return standing.kind === "signed-in" ? standing.person : null;
}
