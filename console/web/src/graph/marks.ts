/** What is said about the states and transitions of a definition, besides their statuses. */
import type { StateStatus } from "./statuses";

/** A finding of the lint about a state. */
export interface LintMark {
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
}

/** The iterations of a Map state, of which the graph shows one. */
export interface MapIterations {
  /** The status of each iteration, by index. */
  readonly statuses: readonly StateStatus[];
  /** The index of the one that is shown. */
  readonly shown: number;
}

/** What `takenEdges` calls a transition: a history tells from which state to which, not by which rule. */
export function edgeKey(source: string | null, target: string | null): string {
  return JSON.stringify([source, target]);
}
