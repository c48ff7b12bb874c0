import type { Details } from "./model";

/** An event as it was given, made readable: whatever it is, each field has its type. */
export interface ReadEvent {
  readonly id: number | null;
  readonly previousId: number;
  readonly type: string;
  readonly at: number | null;
  readonly details: Details;
}

const NO_DETAILS: Details = {};
const NOT_SECONDS = 100_000_000_000;

/** Read an event of any origin. */
export function readEvent(raw: unknown): ReadEvent {
  if (!isRecord(raw)) return { id: null, previousId: 0, type: "", at: null, details: NO_DETAILS };
  return {
    id: isId(raw.id) ? raw.id : null,
    previousId: isId(raw.previousEventId) ? raw.previousEventId : 0,
    type: typeof raw.type === "string" ? raw.type : "",
    at: readTime(raw.timestamp),
    details: detailsOf(raw),
  };
}

/** Milliseconds since the epoch of an ISO text, or of seconds (AWS) or milliseconds since the epoch; null for others. */
export function readTime(value: unknown): number | null {
  if (typeof value === "string") {
    const parsed = Date.parse(value);
    return Number.isNaN(parsed) ? readTime(value.trim() === "" ? null : Number(value)) : parsed;
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  return Math.abs(value) < NOT_SECONDS ? Math.round(value * 1000) : value;
}

/** A text among the details, null where there is none. */
export function text(details: Details, key: string): string | null {
  const value = details[key];
  return typeof value === "string" ? value : null;
}

/** A number among the details, null where there is none. */
export function number(details: Details, key: string): number | null {
  const value = details[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function detailsOf(raw: Record<string, unknown>): Details {
  for (const key in raw) {
    if (key.endsWith("EventDetails")) {
      const value = raw[key];
      if (isRecord(value)) return value;
    }
  }
  return NO_DETAILS;
}
