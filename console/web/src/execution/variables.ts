import type { History, Visit } from "../history/model";
import { NONE } from "../history/model";

/** A variable, JSON, and the state that assigned it. */
export interface Variable {
  name: string;
  value: string;
  state: string;
}

/**
 * The variables that a visit can read when it begins, by name: assigned by earlier states of its flow and of the flows
 * around it. What a flow assigns is its own.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
export function variablesAt(history: History, visit: number): Variable[] {
  const found = new Map<string, Variable>();
  for (const earlier of before(history, visit)) {
    for (const [name, value] of assignedIn(history, earlier)) found.set(name, { name, value, state: earlier.name });
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What a visit has assigned when it was left. */
export function assignedBy(history: History, visit: number): Variable[] {
  const { name: state } = history.visits[visit] as Visit;
  return assignedIn(history, history.visits[visit] as Visit).map(([name, value]) => ({ name, value, state }));
}

/** The visits that ended before this one began, outer flows first. */
function before(history: History, visit: number): Visit[] {
  const flows: Visit[][] = [];
  let at = history.visits[visit];
  while (at !== undefined) {
    const { index, scope } = at;
    const earlier = (history.scopes[scope]?.visits ?? []).filter((other) => other < index);
    flows.unshift(earlier.map((other) => history.visits[other] as Visit));
    const parent = history.scopes[scope]?.parent ?? NONE;
    at = parent === NONE ? undefined : history.visits[parent];
  }
  return flows.flat();
}

function assignedIn(history: History, visit: Visit): [string, string][] {
  if (!visit.exited) return [];
  for (let index = visit.events.length - 1; index >= 0; index -= 1) {
    const event = history.events[visit.events[index] as number];
    if (event?.type.endsWith("StateExited") !== true) continue;
    const assigned = event.details.assignedVariables;
    if (typeof assigned !== "object" || assigned === null) return [];
    return Object.entries(assigned).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  }
  return [];
}
