/** Where an execution leads: child executions and Map Runs. */
import type { Draft } from "./draft";
import { isRecord, text } from "./event";
import type { Link, PlacedEvent } from "./model";

/** Note what the event has started, once for each ARN. */
export function link(draft: Draft, event: PlacedEvent): void {
  const mapRunArn = text(event.details, "mapRunArn");
  const arn = mapRunArn ?? startedExecution(event);
  if (arn === null || draft.links.some((one) => one.arn === arn && one.visit === event.visit)) return;
  const kind: Link["kind"] = mapRunArn === null ? "execution" : "map-run";
  draft.links.push({ kind, arn, visit: event.visit, event: event.index });
}

/** What `states:startExecution` answers: with the ARN when it has begun, with all of it when it has ended. */
function startedExecution(event: PlacedEvent): string | null {
  if (text(event.details, "resourceType") !== "states") return null;
  const output = text(event.details, "output");
  if (output === null) return null;
  try {
    const answer: unknown = JSON.parse(output);
    return isRecord(answer) ? (text(answer, "executionArn") ?? text(answer, "ExecutionArn")) : null;
  } catch {
    return null;
  }
}
