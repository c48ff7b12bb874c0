/** What goes over the live connection. A push is a hint and no data: whoever gets one asks the API. */

export interface ExecutionId {
  workflow: string;
  name: string;
}

export type Push =
  | ({ kind: "status"; status: string } & ExecutionId)
  | ({ kind: "history" } & ExecutionId)
  | { kind: "failures" };

export type Message = Push | { kind: "pong" } | ({ kind: "following" } & ExecutionId);

export type Request = ({ action: "follow" } & ExecutionId) | { action: "unfollow" } | { action: "ping" };

/** Read a message, null where it is none that is known: a newer server may say more. */
export function messageIn(text: string): Message | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== "object" || found === null) return null;
  const { kind, workflow, name, status } = found as Record<string, unknown>;
  if (kind === "pong" || kind === "failures") return { kind };
  if (typeof workflow !== "string" || typeof name !== "string") return null;
  if (kind === "history" || kind === "following") return { kind, workflow, name };
  if (kind === "status" && typeof status === "string") return { kind, workflow, name, status };
  return null;
}
