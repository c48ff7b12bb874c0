/**
 * The outline of an Amazon States Language definition: its flows, their states, and the transitions between them.
 *
 * https://states-language.net/spec.html
 */
import { isRecord } from "../history/event";
import { conditionOf } from "./conditions";

export type JsonObject = { readonly [name: string]: unknown };

export type TransitionKind = "start" | "next" | "choice" | "default" | "catch" | "end";

/** A way from one state of a flow to another; `source` is null where the flow starts, `target` where it ends. */
export interface Transition {
  /** JSON pointer of the field that says so, such as `/States/Ship/Catch/0/Next`: unique within a definition. */
  readonly pointer: string;
  readonly kind: TransitionKind;
  readonly source: string | null;
  readonly target: string | null;
  /** The condition of a choice rule, the errors of a catcher; empty for the others. */
  readonly label: string;
}

export interface State {
  readonly pointer: string;
  readonly name: string;
  readonly type: string;
  readonly fields: JsonObject;
  readonly transitions: readonly Transition[];
  /** The branches of a Parallel state, the processor of a Map state. */
  readonly flows: readonly Flow[];
}

/** A state machine, a branch of a Parallel state, or the processor of a Map state. */
export interface Flow {
  readonly pointer: string;
  readonly start: Transition;
  readonly states: ReadonlyMap<string, State>;
}

/** What is wrong with a definition, and where (a JSON pointer; empty for the whole of it). */
export interface Problem {
  readonly pointer: string;
  readonly message: string;
}

export type Reading = { readonly flow: Flow; readonly problems?: never } | { readonly problems: readonly Problem[] };

/** The fields with the flows inside a state; the first one is the name of today. */
const FLOWS: ReadonlyMap<string, readonly [string, ...string[]]> = new Map([
  ["Parallel", ["Branches"]],
  ["Map", ["ItemProcessor", "Iterator"]],
]);
/** Deeper than any service takes; keeps a hostile file from exhausting the stack. */
const MAX_DEPTH = 64;

/** Read the text of a definition. What can't be drawn comes back as problems, never as an exception. */
export function readDefinition(text: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problems: [{ pointer: "", message: `The definition is not JSON: ${(error as SyntaxError).message}` }] };
  }
  const reader = new Reader();
  const flow = reader.flow(value, "", 0);
  return flow === null || reader.problems.length > 0 ? { problems: reader.problems } : { flow };
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #pointers = new Map<string, string>();

  flow(value: unknown, pointer: string, depth: number): Flow | null {
    if (depth > MAX_DEPTH) return this.#problem(pointer, `States are nested more than ${MAX_DEPTH} deep.`);
    if (!isRecord(value))
      return this.#problem(pointer, `Expected an object with StartAt and States, got ${kind(value)}.`);
    const { StartAt: startAt, States: bodies } = value;
    if (!isRecord(bodies)) return this.#problem(pointer, "States is missing or not an object.");
    const states = new Map<string, State>();
    for (const [name, body] of Object.entries(bodies)) {
      const state = this.#state(name, body, `${pointer}/States/${token(name)}`, depth);
      if (state !== null) states.set(name, state);
    }
    const start = this.#transition(`${pointer}/StartAt`, "start", null, startAt);
    if (start === null) return null;
    for (const transition of [start, ...[...states.values()].flatMap((state) => state.transitions)]) {
      if (transition.target !== null && !Object.hasOwn(bodies, transition.target)) {
        this.#problem(transition.pointer, `There is no state "${transition.target}" beside it in the same States.`);
      }
    }
    return { pointer, start, states };
  }

  #state(name: string, body: unknown, pointer: string, depth: number): State | null {
    const other = this.#pointers.get(name);
    if (other !== undefined) return this.#problem(pointer, `The name "${name}" is taken by the state at ${other}.`);
    this.#pointers.set(name, pointer);
    if (!isRecord(body)) return this.#problem(pointer, `Expected a state, got ${kind(body)}.`);
    const type = body.Type;
    if (typeof type !== "string") return this.#problem(pointer, "The state has no Type.");
    return {
      pointer,
      name,
      type,
      fields: body,
      transitions: this.#transitions(name, body, pointer),
      flows: this.#flows(type, body, pointer, depth),
    };
  }

  #transitions(name: string, body: JsonObject, pointer: string): Transition[] {
    const found: (Transition | null)[] = [];
    for (const [index, rule] of this.#rules(body, "Choices", pointer)) {
      const label = conditionOf(rule);
      found.push(this.#transition(`${pointer}/Choices/${index}/Next`, "choice", name, rule.Next, label));
    }
    if ("Default" in body) found.push(this.#transition(`${pointer}/Default`, "default", name, body.Default));
    if ("Next" in body) found.push(this.#transition(`${pointer}/Next`, "next", name, body.Next));
    if (body.End === true)
      found.push({ pointer: `${pointer}/End`, kind: "end", source: name, target: null, label: "" });
    for (const [index, catcher] of this.#rules(body, "Catch", pointer)) {
      const errors = Array.isArray(catcher.ErrorEquals) ? catcher.ErrorEquals.join(", ") : "";
      found.push(this.#transition(`${pointer}/Catch/${index}/Next`, "catch", name, catcher.Next, errors));
    }
    return found.filter((transition) => transition !== null);
  }

  #rules(body: JsonObject, field: string, pointer: string): [number, JsonObject][] {
    const rules = body[field];
    if (rules === undefined) return [];
    if (!Array.isArray(rules) || !rules.every(isRecord)) {
      this.#problem(`${pointer}/${field}`, `Expected a list of objects, got ${kind(rules)}.`);
      return [];
    }
    return [...rules.entries()];
  }

  #transition(pointer: string, kind_: TransitionKind, source: string | null, target: unknown, label = "") {
    if (typeof target === "string") return { pointer, kind: kind_, source, target, label };
    return this.#problem(pointer, `Expected the name of a state, got ${kind(target)}.`);
  }

  #flows(type: string, body: JsonObject, pointer: string, depth: number): Flow[] {
    const names = FLOWS.get(type);
    if (names === undefined) return [];
    const field = names.find((name) => Object.hasOwn(body, name));
    if (field === undefined) {
      this.#problem(pointer, `A ${type} state needs ${names[0]}.`);
      return [];
    }
    const value = body[field];
    if (field !== "Branches") {
      const flow = this.flow(value, `${pointer}/${field}`, depth + 1);
      return flow === null ? [] : [flow];
    }
    if (!Array.isArray(value)) {
      this.#problem(`${pointer}/${field}`, `Expected a list of branches, got ${kind(value)}.`);
      return [];
    }
    return value
      .map((branch, index) => this.flow(branch, `${pointer}/${field}/${index}`, depth + 1))
      .filter((flow) => flow !== null);
  }

  #problem(pointer: string, message: string): null {
    this.problems.push({ pointer, message });
    return null;
  }
}

function token(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function kind(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
