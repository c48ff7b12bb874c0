import type { Schema } from "../api/client";

type AuditRecord = Schema["AuditRecord"];

/** The first moment of nothing: `begun` without a later record, where the function died in between or still works. */
export const BEGUN = "begun";

/** One row for each change: its outcome where there is one. The beginning on an earlier page stands for itself. */
export function changesOf(records: readonly AuditRecord[]): AuditRecord[] {
  const ended = new Set(records.filter(({ outcome }) => outcome !== BEGUN).map(({ request_id }) => request_id));
  return records.filter(({ outcome, request_id }) => outcome !== BEGUN || !ended.has(request_id));
}

/** A day in an address, as `2026-03-01`; today (UTC) where there is none. */
export function dayIn(search: URLSearchParams, now: number): string {
  const given = search.get("day") ?? "";
  return isDay(given) ? given : today(now);
}

export function isDay(text: string): boolean {
  const moment = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}

export function today(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** The day before or after. */
export function dayBeside(day: string, days: 1 | -1): string {
  return today(new Date(`${day}T00:00:00Z`).getTime() + days * 86_400_000);
}
