import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

/** What executions, states and Map Runs can be in. */
const SHOWN: Record<string, [StatusIndicatorProps.Type, string]> = {
  RUNNING: ["in-progress", "Running"],
  WAITING: ["pending", "Waiting"],
  PENDING_REDRIVE: ["pending", "Waits for its redrive"],
  SUCCEEDED: ["success", "Succeeded"],
  CAUGHT: ["warning", "Error caught"],
  FAILED: ["error", "Failed"],
  TIMED_OUT: ["error", "Timed out"],
  ABORTED: ["stopped", "Aborted"],
};

export function statusInWords(status: string): string {
  return SHOWN[status]?.[1] ?? status;
}

export function Status({ status }: { status: string }) {
  const [type, words] = SHOWN[status] ?? ["info", status];
  return <StatusIndicator type={type}>{words}</StatusIndicator>;
}
