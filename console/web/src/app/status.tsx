import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { STATUS_TEXT, type StateStatus } from "../graph/statuses";

/** What states, executions and Map Runs can be in. */
type AnyStatus = StateStatus | "PENDING_REDRIVE";

const TYPES: Readonly<Record<AnyStatus, StatusIndicatorProps.Type>> = {
  NOT_ENTERED: "info",
  RUNNING: "in-progress",
  WAITING: "pending",
  RETRYING: "pending",
  PENDING_REDRIVE: "pending",
  SUCCEEDED: "success",
  CAUGHT: "warning",
  FAILED: "error",
  TIMED_OUT: "error",
  ABORTED: "stopped",
};

const WORDS: Readonly<Record<AnyStatus, string>> = { ...STATUS_TEXT, PENDING_REDRIVE: "Waits for its redrive" };

export function statusInWords(status: string): string {
  return isKnown(status) ? WORDS[status] : status;
}

/** A status that a newer API knows is shown by its name. */
export function Status({ status }: { status: string }) {
  return <StatusIndicator type={isKnown(status) ? TYPES[status] : "info"}>{statusInWords(status)}</StatusIndicator>;
}

function isKnown(status: string): status is AnyStatus {
  return Object.hasOwn(WORDS, status);
}
