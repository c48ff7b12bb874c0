import type { ExecutionData } from "../execution/data";
import { FORMAT } from "../execution/export";
import { readHistory } from "../history/append";
import { isRecord, readTime } from "../history/event";
import { withoutTokens } from "../payload";

/** What a file holds: a history, a definition to draw it with, or neither, and why. */
export type FileContent =
  | { kind: "history"; data: ExecutionData; notes: string[] }
  | { kind: "definition"; definition: string }
  | { kind: "problem"; problem: string };

/** Browsers hold no longer texts. */
export const MOST_BYTES = 400_000_000;

/** Reads the text of a file: `baton-history/1`, what `aws stepfunctions get-execution-history` prints, or a definition. */
export function readFile(text: string): FileContent {
  let value: unknown;
  try {
    value = JSON.parse(withoutTokens(text.replace(/^\ufeff/, "")));
  } catch (error) {
    return problem(`It is not JSON: ${(error as Error).message}.`);
  }
  if (!isRecord(value)) return problem("It is JSON, but not an object with events in it.");
  if (isRecord(value.States) && typeof value.StartAt === "string") {
    return { kind: "definition", definition: JSON.stringify(value) };
  }
  if (typeof value.format === "string" && value.format !== FORMAT) {
    return problem(`Its format is “${value.format}”, and this viewer reads “${FORMAT}”. A newer console may read it.`);
  }
  if (!Array.isArray(value.events)) {
    return problem("It has no list of events. Export an execution, or save what get-execution-history prints as JSON.");
  }
  if (value.events.length === 0) return problem("Its list of events is empty.");
  const known = value.events.some((event) => isRecord(event) && typeof event.type === "string");
  if (!known) return problem("What is in its list of events are no events of a history: none has a type.");
  return { kind: "history", data: dataOf(value), notes: notesOn(value) };
}

function problem(text: string): FileContent {
  return { kind: "problem", problem: text };
}

function dataOf(value: Record<string, unknown>): ExecutionData {
  const history = readHistory(value.events as unknown[]);
  const text = (key: string) => (typeof value[key] === "string" ? value[key] : null);
  return {
    workflow: text("workflow"),
    name: text("name"),
    status: text("status") ?? history.status,
    startedAt: readTime(value.started_at) ?? history.startedAt,
    endedAt: readTime(value.ended_at) ?? history.endedAt,
    input: text("input") ?? history.input,
    output: text("output") ?? history.output,
    error: text("error") ?? history.error,
    cause: text("cause") ?? history.cause,
    definition: text("definition"),
    history,
  };
}

function notesOn(value: Record<string, unknown>): string[] {
  const notes: string[] = [];
  if (typeof (value.NextToken ?? value.nextToken) === "string") {
    notes.push("The file has a part of the history only: it ends with the token of a next page.");
  }
  return notes;
}
