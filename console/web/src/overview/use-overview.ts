import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { keys, POLL } from "../api/queries";

/** The figures of the platform, for every page that shows some of them. */
export function useOverview() {
  return useQuery({
    queryKey: [...keys.overview],
    queryFn: ({ signal }) => answer(api.GET("/overview", { signal })),
    refetchInterval: POLL.list,
  });
}
