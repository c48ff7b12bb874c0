import type { ExecutionData } from "./data";

export const FORMAT = "baton-history/1";

/** An execution as a file, which the viewer reads: one event a line. */
export function exported(data: ExecutionData): string {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const head = {
    format: FORMAT,
    workflow: data.workflow,
    name: data.name,
    status: data.status,
    started_at: iso(data.startedAt),
    ended_at: iso(data.endedAt),
    input: data.input,
    output: data.output,
    error: data.error,
    cause: data.cause,
    definition: data.definition,
  };
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const events = data.history.events.map(({ raw }) => `    ${JSON.stringify(raw)}`).join(",\n");
  return `{\n${fields.join(",\n")},\n  "events": [\n${events}\n  ]\n}\n`;
}

/** Gives a text to the browser as a file to keep. */
export function download(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replaceAll(/[^A-Za-z0-9._-]+/g, "-");
  link.click();
  // The browser reads the address after this returns.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
