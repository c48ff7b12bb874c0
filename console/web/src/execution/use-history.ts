import { useQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { answer, api } from "../api/client";
import { ProblemError } from "../api/problem";
import { keys, POLL } from "../api/queries";
import type { History } from "../history/model";
import { HistorySync } from "./history-sync";

export interface FollowedHistory {
  history: History;
  /** Until the first pages are all there. */
  loading: boolean;
  /** Why it could not be caught up with last; it is tried again by itself. */
  error: unknown;
  retry: () => void;
  /** The history at the time of the call. */
  latest: () => History;
}

/** The history of an execution, kept up with: on hints, every ten seconds while it runs, and after a lost connection. */
export function useHistory(workflow: string, name: string): FollowedHistory {
  const sync = useMemo(() => new HistorySync(pagesOf(workflow, name), isLost), [workflow, name]);
  const history = useSyncExternalStore(sync.subscribe, () => sync.history);
  // Hints make this key stale, and so does a connection that comes back.
  const query = useQuery({
    queryKey: keys.history(workflow, name),
    queryFn: async () => (await sync.catchUp()).lastId,
    staleTime: 0,
    gcTime: 0,
    refetchInterval: () => (sync.history.status === "RUNNING" ? POLL.execution : false),
  });
  return {
    history,
    loading: query.isPending,
    error: query.error,
    retry: () => void query.refetch(),
    latest: () => sync.history,
  };
}

function pagesOf(workflow: string, name: string) {
  return (after: string | undefined) =>
    answer(
      api.GET("/workflows/{workflow}/executions/{name}/history", {
        params: { path: { workflow, name }, query: after === undefined ? {} : { after } },
      }),
    );
}

function isLost(error: unknown): boolean {
  return error instanceof ProblemError && (error.status === 409 || error.status === 422);
}
