import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { keys } from "../api/queries";
import type { Push } from "./messages";

/** However many executions change, lists are asked for again at most this often. */
export const LISTS_MS = 2_000;

/** What a push makes stale, at once and (for lists and counts) gathered. */
export function staleAfter(push: Push): { now: QueryKey[]; gathered: QueryKey[] } {
  switch (push.kind) {
    case "history":
      return { now: [keys.history(push.workflow, push.name), keys.execution(push.workflow, push.name)], gathered: [] };
    case "status":
      return {
        now: [keys.execution(push.workflow, push.name), keys.history(push.workflow, push.name)],
        gathered: [keys.executions, keys.overview, keys.waits],
      };
    case "failures":
      return { now: [], gathered: [keys.failures, keys.overview] };
  }
}

/** Makes queries stale as pushes come in. */
export class Invalidation {
  readonly #gathered = new Map<string, QueryKey>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly queries: Pick<QueryClient, "invalidateQueries">) {}

  readonly push = (push: Push): void => {
    const { now, gathered } = staleAfter(push);
    for (const queryKey of now) void this.queries.invalidateQueries({ queryKey });
    for (const key of gathered) this.#gathered.set(JSON.stringify(key), key);
    if (this.#gathered.size > 0) this.#timer ??= setTimeout(this.#flush, LISTS_MS);
  };

  /** Pushes may have been missed: everything is stale. */
  readonly resync = (): void => {
    void this.queries.invalidateQueries();
  };

  readonly #flush = (): void => {
    this.#timer = null;
    const stale = [...this.#gathered.values()];
    this.#gathered.clear();
    for (const queryKey of stale) void this.queries.invalidateQueries({ queryKey });
  };
}
