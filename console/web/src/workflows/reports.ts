/** The reports about a workflow that CI leaves beside the pages: of `python -m asl lint --format json`, and of the coverage. */

import type { LintMark } from "../graph/marks";
import { isRecord } from "../history/event";

export interface Finding {
  rule: string;
  severity: LintMark["severity"];
  message: string;
  /** JSON pointer into the definition. */
  pointer: string;
  /** Why it is left as it is, null where it is not. */
  acknowledged: string | null;
}

export interface Coverage {
  percent: number;
  items: readonly CoverageItem[];
}

export interface CoverageItem {
  pointer: string;
  label: string;
  count: number;
}

/** Read a report of the lint, null where it is none. */
export function findingsIn(report: unknown): Finding[] | null {
  if (!Array.isArray(report)) return null;
  const findings = report.map(findingIn);
  return findings.every((finding) => finding !== null) ? findings : null;
}

/** Read what a report of the coverage says of a workflow, null where it says nothing. */
export function coverageIn(report: unknown, workflow: string): Coverage | null {
  const machines = isRecord(report) && Array.isArray(report.stateMachines) ? report.stateMachines : [];
  const found: unknown =
    machines.length === 1 ? machines[0] : machines.find((one) => isRecord(one) && one.name === workflow);
  if (!isRecord(found) || typeof found.percent !== "number" || !Array.isArray(found.items)) return null;
  return { percent: found.percent, items: found.items.filter(isItem) };
}

/** The findings of each state, by its name, as the graph shows them. What is acknowledged is left out. */
export function marksOf(findings: readonly Finding[]): ReadonlyMap<string, readonly LintMark[]> {
  const marks = new Map<string, LintMark[]>();
  for (const { pointer, severity, message, acknowledged } of findings) {
    const state = stateAt(pointer);
    if (state === null || acknowledged !== null) continue;
    marks.set(state, [...(marks.get(state) ?? []), { severity, message }]);
  }
  return marks;
}

/** What no test takes: the pointers of states and transitions. */
export function untakenIn(coverage: Coverage): ReadonlySet<string> {
  return new Set(coverage.items.filter(({ count }) => count === 0).map(({ pointer }) => pointer));
}

/** The name of the state that a pointer leads into: the innermost. */
export function stateAt(pointer: string): string | null {
  const parts = pointer.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  let name: string | null = null;
  for (let index = 1; index + 1 < parts.length; index += 1) {
    if (parts[index] !== "States") continue;
    name = parts[index + 1] ?? null;
    index += 1;
  }
  return name;
}

function findingIn(found: unknown): Finding | null {
  if (!isRecord(found)) return null;
  const { rule, severity, message, pointer, acknowledged } = found;
  if (typeof rule !== "string" || typeof message !== "string" || typeof pointer !== "string") return null;
  if (severity !== "error" && severity !== "warning" && severity !== "note") return null;
  return { rule, severity, message, pointer, acknowledged: typeof acknowledged === "string" ? acknowledged : null };
}

function isItem(found: unknown): found is CoverageItem {
  return (
    isRecord(found) &&
    typeof found.pointer === "string" &&
    typeof found.label === "string" &&
    typeof found.count === "number"
  );
}
