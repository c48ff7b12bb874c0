/** Definitions for tests: made by hand, made large, made at random. */
import fc from "fast-check";
import type { Flow, State, Transition } from "../../src/graph/definition";

type Json = { [name: string]: unknown };

/** `count` states in sections of ten: a choice that branches out, tasks with catchers, a way back now and then. */
export function largeMachine(count: number): string {
  const states: Json = {};
  const name = (index: number) => `Step${index}`;
  for (let index = 0; index < count; index++) {
    const next = name(index + 1);
    if (index === count - 1) states[name(index)] = { Type: "Succeed" };
    else if (index % 10 === 0) {
      const Choices = [3, 6].map((step) => ({
        Variable: "$.kind",
        StringEquals: `kind ${step}`,
        Next: name(Math.min(index + step, count - 1)),
      }));
      states[name(index)] = { Type: "Choice", Choices, Default: next };
    } else {
      const back = index % 10 === 9 && index % 3 === 0 ? name(index - 5) : name(Math.min(index + 2, count - 1));
      const Catch = index % 3 === 0 ? [{ ErrorEquals: ["States.ALL"], Next: back }] : undefined;
      states[name(index)] = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Next: next, Catch };
    }
  }
  return JSON.stringify({ StartAt: "Step0", States: states });
}

/** A machine of any shape with up to three levels, with names that are unique and now and then awkward. */
export function machines(): fc.Arbitrary<Json> {
  return fc.gen().map((gen) => {
    let made = 0;
    const awkward = ["__proto__", "constructor", "a b/c~d", "", "é漢字😀", "x".repeat(80)];
    const name = () => {
      made += 1;
      return gen(fc.boolean) && made <= awkward.length ? (awkward[made - 1] ?? "") : `State ${made}`;
    };
    const flow = (depth: number): Json => {
      const names = Array.from({ length: gen(fc.integer, { min: 1, max: 5 }) }, name);
      const target = () => gen(fc.constantFrom, ...names);
      const state = (): Json => {
        const Catch = [{ ErrorEquals: ["Any", "States.Timeout"], Next: target() }];
        switch (gen(fc.integer, { min: 0, max: depth < 2 ? 6 : 4 })) {
          case 0:
            return { Type: "Succeed" };
          case 1:
            return { Type: "Pass", End: true };
          case 2:
            return { Type: "Wait", Seconds: 5, Next: target() };
          case 3:
            return { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Next: target(), Catch };
          case 4: {
            const rule = () => ({ Variable: "$.a", NumericEquals: 1, Next: target() });
            return { Type: "Choice", Choices: [rule(), rule()], Default: target() };
          }
          case 5: {
            const Branches = Array.from({ length: gen(fc.integer, { min: 1, max: 3 }) }, () => flow(depth + 1));
            return { Type: "Parallel", Branches, End: true, Catch };
          }
          default:
            return { Type: "Map", ItemProcessor: flow(depth + 1), Next: target() };
        }
      };
      // defineProperty, as JSON.parse does it: an assignment to __proto__ makes no member.
      const States: Json = {};
      for (const each of names) Object.defineProperty(States, each, { value: state(), enumerable: true });
      return { StartAt: target(), States };
    };
    return flow(0);
  });
}

/** All states of a flow and of the flows within it, outer ones first, in the order in which they stand. */
export function* allStates(flow: Flow): Generator<State> {
  for (const state of flow.states.values()) {
    yield state;
    for (const inner of state.flows) yield* allStates(inner);
  }
}

/** All transitions of a flow and of the flows within it; the start of each flow among them. */
export function* allTransitions(flow: Flow): Generator<Transition> {
  yield flow.start;
  for (const state of flow.states.values()) {
    yield* state.transitions;
    for (const inner of state.flows) yield* allTransitions(inner);
  }
}
