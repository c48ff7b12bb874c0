/** What a definition says about one of its states. Whatever the text is, nothing is thrown. */
import { isRecord } from "../history/event";

export interface StateInDefinition {
  type: string;
  resource: string | null;
  /** JSON of the state. */
  text: string;
  /** Seconds, or the path or expression that gives them. */
  timeout: string | null;
  heartbeat: string | null;
  comment: string | null;
  language: "JSONPath" | "JSONata";
}

type Fields = Readonly<Record<string, unknown>>;

/** The states by their names, those inside of Map and Parallel states too; empty where it is no definition. */
export function statesIn(definition: string): ReadonlyMap<string, StateInDefinition> {
  const found = new Map<string, StateInDefinition>();
  let machine: unknown;
  try {
    machine = JSON.parse(definition);
  } catch {
    return found;
  }
  const language = isRecord(machine) && machine.QueryLanguage === "JSONata" ? "JSONata" : "JSONPath";
  const queue: unknown[] = [machine];
  // It grows while it is gone through.
  for (const flow of queue) {
    if (!isRecord(flow) || !isRecord(flow.States)) continue;
    for (const [name, state] of Object.entries(flow.States)) {
      if (!isRecord(state)) continue;
      found.set(name, described(state, language));
      if (Array.isArray(state.Branches)) queue.push(...state.Branches);
      queue.push(state.ItemProcessor, state.Iterator);
    }
  }
  return found;
}

function described(state: Fields, language: StateInDefinition["language"]): StateInDefinition {
  return {
    type: textOf(state.Type) ?? "",
    resource: textOf(state.Resource),
    text: JSON.stringify(state),
    timeout: seconds(state, "Timeout"),
    heartbeat: seconds(state, "Heartbeat"),
    comment: textOf(state.Comment),
    language:
      state.QueryLanguage === "JSONata" ? "JSONata" : state.QueryLanguage === "JSONPath" ? "JSONPath" : language,
  };
}

function seconds(state: Fields, what: string): string | null {
  const value = state[`${what}Seconds`] ?? state[`${what}SecondsPath`];
  return typeof value === "number" || typeof value === "string" ? String(value) : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
