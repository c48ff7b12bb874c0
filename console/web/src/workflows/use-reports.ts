import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { problemIn, UnreachableError } from "../api/problem";
import { type Coverage, coverageIn, type Finding, findingsIn } from "./reports";

/** The findings of the lint; null where there is no report. */
export function useLint(workflow: string): UseQueryResult<Finding[] | null> {
  return useReport(workflow, "lint", findingsIn);
}

/** What the tests take of the workflow; null where there is no report. */
export function useCoverage(workflow: string): UseQueryResult<Coverage | null> {
  return useReport(workflow, "coverage", (report) => coverageIn(report, workflow));
}

function useReport<Report>(
  workflow: string,
  kind: "lint" | "coverage",
  read: (report: unknown) => Report | null,
): UseQueryResult<Report | null> {
  return useQuery({
    queryKey: ["reports", workflow, kind],
    queryFn: async ({ signal }) => {
      const report = await fetchReport(`/reports/${encodeURIComponent(workflow)}.${kind}.json`, signal);
      if (report === null) return null;
      const found = read(report);
      if (found === null)
        throw new Error(`The ${kind} report of ${workflow} is in a format that this page does not know.`);
      return found;
    },
    staleTime: 300_000,
  });
}

/** Null where there is none: a bucket that nobody may list says 403 of what is not in it. */
async function fetchReport(path: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(path, { signal, credentials: "omit" }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new UnreachableError("The report could not be reached.");
  });
  if (response.status === 404 || response.status === 403) return null;
  if (!response.ok) throw problemIn(response.status, null);
  return await response.json().catch(() => {
    throw new Error(`${path} is no JSON.`);
  });
}
