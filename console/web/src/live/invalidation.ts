import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { keys } from "../api/queries";
import type { Push } from "./messages";

/** Within how long what a push makes stale is asked for again: however many pushes come, that often at most. */
export const WITHIN = {
  /** What somebody follows. */
  execution: 300,
  list: 2_000,
  /** It takes the API many requests to Step Functions, which allows a few in a second. */
  overview: 15_000,
} as const;

/** What a push makes stale, with the milliseconds after which it is asked for again. */
function staleAfter(push: Push): readonly (readonly [QueryKey, number])[] {
  switch (push.kind) {
    case "history":
    case "status": {
      const one = [
        [keys.history(push.workflow, push.name), WITHIN.execution],
        [keys.execution(push.workflow, push.name), WITHIN.execution],
      ] as const;
      if (push.kind === "history") return one;
      return [...one, [keys.executions, WITHIN.list], [keys.waits, WITHIN.list], [keys.overview, WITHIN.overview]];
    }
    case "failures":
      return [
        [keys.failures, WITHIN.list],
        [keys.overview, WITHIN.overview],
      ];
  }
}

/** Makes queries stale as pushes come in. */
export class Invalidation {
  readonly #due = new Set<string>();

  constructor(private readonly queries: Pick<QueryClient, "invalidateQueries" | "isFetching">) {}

  readonly push = (push: Push): void => {
    for (const [queryKey, ms] of staleAfter(push)) this.#later(queryKey, ms);
  };

  /** Pushes may have been missed: everything is stale. */
  readonly resync = (): void => {
    void this.queries.invalidateQueries();
  };

  #later(queryKey: QueryKey, ms: number): void {
    const name = JSON.stringify(queryKey);
    if (this.#due.has(name)) return;
    this.#due.add(name);
    setTimeout(() => {
      this.#due.delete(name);
      // To ask again now would give up the answer that is on its way, again and again while pushes keep coming.
      if (this.queries.isFetching({ queryKey }) > 0) this.#later(queryKey, ms);
      else void this.queries.invalidateQueries({ queryKey });
    }, ms);
  }
}
