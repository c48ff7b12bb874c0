import SpaceBetween from "@cloudscape-design/components/space-between";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorPanel } from "./error-panel";

interface ListedProps {
  query: UseQueryResult<unknown>;
  /** What it means that nothing could be read: `The executions could not be listed`. */
  failed: string;
  /** What it means for what was read before: `These may be out of date`. */
  old: string;
  children: ReactNode;
}

/** What a query has read; where it fails, the error above what was read before, or in place of it. */
export function Listed({ query: { data, isError, error, refetch }, failed, old, children }: ListedProps) {
  if (isError && data === undefined) return <ErrorPanel error={error} what={failed} retry={refetch} />;
  return (
    <SpaceBetween size="m">
      {isError && <ErrorPanel error={error} what={old} retry={refetch} />}
      {children}
    </SpaceBetween>
  );
}
