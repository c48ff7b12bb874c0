/** What the box of a state says below its name. */
import { isRecord } from "../history/event";
import type { JsonObject, State } from "./definition";

const CALLBACK = ".waitForTaskToken";
const RUN_A_JOB = /\.sync(:\d)?$/;

/** What a state does, in a few words: `lambda:invoke`, `Wait 30 s`, `Map, distributed`. */
export function captionOf(state: Pick<State, "type" | "fields">): string {
  const { type, fields } = state;
  if (type === "Task") return resource(String(fields.Resource ?? "Task"));
  if (type === "Wait") return `Wait ${duration(fields)}`.trim();
  if (type === "Fail") return `Fail ${text(fields.Error ?? fields.ErrorPath)}`.trim();
  if (type === "Map") return isDistributed(fields) ? "Map, distributed" : "Map";
  return type;
}

/** Whether a Task hands out a task token and sleeps until somebody sends it back. */
export function waitsForToken(fields: JsonObject): boolean {
  return typeof fields.Resource === "string" && fields.Resource.endsWith(CALLBACK);
}

/** Whether a Map state runs its iterations as child executions. */
function isDistributed(fields: JsonObject): boolean {
  const processor = fields.ItemProcessor;
  const config = isRecord(processor) ? processor.ProcessorConfig : undefined;
  return isRecord(config) && config.Mode === "DISTRIBUTED";
}

function resource(arn: string): string {
  const parts = arn.split(":");
  const called = parts.length >= 6 ? parts.slice(5).join(":") : arn;
  if (called.endsWith(CALLBACK)) return `${called.slice(0, -CALLBACK.length)}, waits for token`;
  const job = RUN_A_JOB.exec(called);
  return job === null ? called : `${called.slice(0, job.index)}, waits for its end`;
}

function duration(fields: JsonObject): string {
  if (fields.Seconds !== undefined)
    return typeof fields.Seconds === "number" ? `${fields.Seconds} s` : text(fields.Seconds);
  if (fields.Timestamp !== undefined) return `until ${text(fields.Timestamp)}`;
  return text(fields.SecondsPath ?? fields.TimestampPath);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
