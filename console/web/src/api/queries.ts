import { QueryClient } from "@tanstack/react-query";
import { ProblemError, UnreachableError } from "./problem";

/**
 * The keys that queries begin with. What the live connection reports makes these stale, and no others:
 * `executions` and `overview` on each change of a status, `execution` and `history` (then workflow, name) for the one
 * that is followed, `failures` when something failed for good. Filters and cursors come after.
 */
export const keys = {
  overview: ["overview"],
  executions: ["executions"],
  execution: (workflow: string, name: string) => ["execution", workflow, name],
  history: (workflow: string, name: string) => ["history", workflow, name],
  failures: ["failures"],
  waits: ["waits"],
  workflows: ["workflows"],
  audit: ["audit"],
} as const;

/** How often a page asks by itself, in case a push was lost. */
export const POLL = { execution: 10_000, list: 30_000 } as const;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failed, error) => failed < 2 && mayPass(error),
        staleTime: 2_000,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}

function mayPass(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ProblemError && error.passing);
}
