/** Histories of machines that nobody has written: made up states, run by a small engine that picks what happens next. */
import fc from "fast-check";

export interface Generated {
  events: Record<string, unknown>[];
  /** Per event the flow that it happened in. */
  flows: number[];
}

interface Tried {
  /** How often it fails before it succeeds. */
  failures: number;
  retries: number;
  caught: boolean;
}

type State =
  | { type: "Pass" | "Choice" | "Wait" | "Succeed" | "Fail" }
  | ({ type: "Task"; token: boolean } & Tried)
  | ({ type: "Parallel" | "Map"; flows: State[][] } & Omit<Tried, "failures">);

const small = fc.nat(2);
const { flow } = fc.letrec<{ flow: State[]; state: State; inside: State }>((tie) => ({
  flow: fc.array(tie("state"), { minLength: 1, maxLength: 4 }),
  state: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 3, arbitrary: fc.record({ type: fc.constantFrom("Pass", "Choice", "Wait", "Succeed", "Fail") }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant("Task"),
        token: fc.boolean(),
        failures: small,
        retries: small,
        caught: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: tie("inside") },
  ) as fc.Arbitrary<State>,
  inside: fc.record({
    type: fc.constantFrom("Parallel", "Map"),
    flows: fc.array(tie("flow"), { minLength: 1, maxLength: 3 }),
    retries: small,
    caught: fc.boolean(),
  }) as fc.Arbitrary<State>,
}));

/** An execution of made up states: to its end, or until it is stopped or runs out of time. */
export const generated: fc.Arbitrary<Generated> = fc
  .record({
    states: flow,
    picks: fc.infiniteStream(fc.nat(1000)),
    end: fc.option(fc.record({ after: fc.nat(60), how: fc.constantFrom("ExecutionAborted", "ExecutionTimedOut") })),
    redriven: fc.boolean(),
  })
  .map(({ states, picks, end, redriven }) => {
    const engine = new Engine(() => picks.next().value ?? 0);
    engine.run(states, end, redriven);
    return { events: engine.events, flows: engine.flows };
  });

interface Flow {
  number: number;
  /** The event that the next one follows. */
  previous: number;
  iteration?: Record<string, unknown>;
  /** The type of the state that it is in, what runs inside, and whether it has ended. */
  in?: string;
  inside: Flow[];
  ended?: boolean;
}

/** Each step is one event or none; true at the end where a flow has succeeded. */
type Steps = Generator<void, boolean>;

class Engine {
  readonly events: Record<string, unknown>[] = [];
  readonly flows: number[] = [];
  #flows = 0;
  #at = 1_700_000_000;
  #names = new Map<State, string>();

  constructor(private readonly pick: () => number) {}

  run(states: State[], end: { after: number; how: string } | null | undefined, redriven: boolean): void {
    const root: Flow = { number: 0, previous: 0, inside: [] };
    this.#aside(root, "ExecutionStarted", { input: "{}" });
    const steps = this.#flow(root, states);
    let step = steps.next();
    while (!step.done && this.events.length < (end?.after ?? Number.POSITIVE_INFINITY)) step = steps.next();
    if (!step.done) this.#aside({ ...root, previous: 0 }, end?.how ?? "ExecutionAborted");
    else if (step.value) this.#event(root, "ExecutionSucceeded", { output: "{}" });
    else {
      this.#event(root, "ExecutionFailed", { error: "Broken" });
      if (redriven && root.in === "Task") this.#redrive(root);
    }
  }

  #redrive(root: Flow): void {
    const name = this.events.findLast(({ type }) => type === "TaskStateEntered")?.stateEnteredEventDetails;
    this.#event(root, "ExecutionRedriven", { redriveCount: 1 });
    this.#event(root, "TaskScheduled", { resource: "invoke", parameters: "{}" });
    this.#event(root, "TaskStarted");
    this.#event(root, "TaskSucceeded");
    this.#event(root, "TaskStateExited", name as Record<string, unknown>);
    this.#event(root, "ExecutionSucceeded");
  }

  *#flow(flow: Flow, states: State[]): Steps {
    for (const state of states) {
      const name = this.#nameOf(state);
      flow.in = state.type;
      this.#event(flow, `${state.type}StateEntered`, { name, input: "{}" });
      yield;
      if (state.type === "Fail") return false;
      let succeeded = true;
      if (state.type === "Task") succeeded = yield* this.#task(flow, state);
      if (state.type === "Parallel" || state.type === "Map") succeeded = yield* this.#several(flow, state, name);
      if (!succeeded && !("caught" in state && state.caught)) return false;
      this.#event(flow, `${state.type}StateExited`, { name, output: "{}" });
      delete flow.in;
      yield;
      if (state.type === "Succeed") break;
    }
    return true;
  }

  *#task(flow: Flow, { failures, retries, token }: State & { type: "Task" }): Steps {
    for (let attempt = 0; attempt <= retries; attempt += 1) {
      this.#event(flow, "TaskScheduled", { resource: token ? "invoke.waitForTaskToken" : "invoke", parameters: "{}" });
      yield;
      this.#event(flow, "TaskStarted");
      yield;
      if (token) this.#event(flow, "TaskSubmitted");
      yield;
      const how = attempt >= failures ? "TaskSucceeded" : this.pick() % 2 === 0 ? "TaskFailed" : "TaskTimedOut";
      this.#event(flow, how, attempt >= failures ? { output: "{}" } : { error: "Broken", cause: `attempt ${attempt}` });
      yield;
      if (attempt >= failures) return true;
    }
    return false;
  }

  *#several(flow: Flow, state: State & { type: "Parallel" | "Map" }, name: string): Steps {
    for (let attempt = 0; attempt <= state.retries; attempt += 1) {
      this.#event(flow, `${state.type}StateStarted`, state.type === "Map" ? { length: state.flows.length } : undefined);
      yield;
      const failed = yield* this.#together(flow, state, name);
      if (failed === undefined) {
        this.#aside(flow, `${state.type}StateSucceeded`);
        return true;
      }
      flow.previous = failed.previous;
      this.#giveUp(failed, "Failed");
      for (const other of flow.inside) if (other !== failed && !other.ended) this.#giveUp(other, "Aborted");
      flow.inside = [];
      yield;
    }
    this.#event(flow, `${state.type}StateFailed`);
    return false;
  }

  /** Runs the flows inside, a step of any of them at a time; the flow that has failed, if one has. */
  *#together(
    flow: Flow,
    { type, flows }: State & { type: "Parallel" | "Map" },
    name: string,
  ): Generator<void, Flow | undefined> {
    const running = flows.map((states, index) => {
      const inner: Flow = { number: ++this.#flows, previous: flow.previous, inside: [] };
      if (type === "Map") {
        inner.iteration = { name, index };
        this.#event(inner, "MapIterationStarted", inner.iteration);
      }
      return { inner, steps: this.#flow(inner, states) };
    });
    flow.inside = running.map(({ inner }) => inner);
    while (running.length > 0) {
      const place = this.pick() % running.length;
      const { inner, steps } = running[place] as (typeof running)[number];
      const step = steps.next();
      if (step.done && !step.value) return inner;
      if (step.done) {
        running.splice(place, 1);
        inner.ended = true;
        flow.previous = inner.previous;
        if (inner.iteration !== undefined) flow.previous = this.#aside(inner, "MapIterationSucceeded", inner.iteration);
      }
      yield;
    }
    return undefined;
  }

  #giveUp(flow: Flow, how: "Failed" | "Aborted"): void {
    for (const inner of flow.inside) if (!inner.ended) this.#giveUp(inner, "Aborted");
    if (["Task", "Wait", "Map", "Parallel"].includes(flow.in ?? "")) this.#aside(flow, `${flow.in}StateAborted`);
    if (flow.iteration !== undefined) this.#aside(flow, `MapIteration${how}`, flow.iteration);
  }

  #nameOf(state: State): string {
    const name = this.#names.get(state) ?? `${state.type}${this.#names.size}`;
    this.#names.set(state, name);
    return name;
  }

  #event(flow: Flow, type: string, details?: Record<string, unknown>): void {
    flow.previous = this.#aside(flow, type, details);
  }

  /** An event that the flow's next one does not follow. */
  #aside({ number, previous }: Flow, type: string, details?: Record<string, unknown>): number {
    const id = this.events.length + 1;
    this.#at += this.pick() / 100;
    const key = type
      .replace(/^\w+State(Entered|Exited)$/, "state$1")
      .replace(/^[A-Z]/, (letter) => letter.toLowerCase());
    this.events.push({
      id,
      previousEventId:
        type === "ExecutionStarted" || type === "ExecutionAborted" || type === "ExecutionTimedOut" ? 0 : previous,
      type,
      timestamp: this.#at,
      ...(details !== undefined && { [`${key}EventDetails`]: details }),
    });
    this.flows.push(number);
    return id;
  }
}
