/** Where the arrow keys lead: up and down along the transitions, left and right through all states in reading order. */
import type { Layout, PlacedState } from "./layout";
import { middle } from "./routes";

export type Direction = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Home" | "End";

export interface Navigation {
  /** From top to bottom, left to right; what is inside a state comes right after it. */
  readonly order: readonly string[];
  readonly step: (from: string, direction: Direction) => string;
}

export function navigationOf(layout: Layout): Navigation {
  const order = readingOrder(layout);
  const at = new Map(order.map((name, index) => [name, index]));
  const links = linksOf(layout);
  const step = (from: string, direction: Direction): string => {
    const index = at.get(from) ?? 0;
    const along = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: order.length - 1 };
    if (direction === "ArrowUp") return links.up.get(from) ?? from;
    if (direction === "ArrowDown") return links.down.get(from) ?? from;
    return order[along[direction]] ?? from;
  };
  return { order, step };
}

function readingOrder(layout: Layout): string[] {
  const inside = new Map<string, PlacedState[]>();
  for (const placed of layout.states.values()) {
    const flow = parentOf(placed.state.pointer);
    inside.set(flow, [...(inside.get(flow) ?? []), placed]);
  }
  const walk = (flow: string): string[] =>
    (inside.get(flow) ?? [])
      .sort((a, b) => middle(a).y - middle(b).y || a.x - b.x)
      .flatMap(({ state }) => [state.name, ...state.flows.flatMap((inner) => walk(inner.pointer))]);
  return walk("");
}

/** The pointer of the flow that a state is part of. */
function parentOf(pointer: string): string {
  return pointer.slice(0, pointer.lastIndexOf("/States/"));
}

/** For each state the next one down and up: the first transition that leads there, into a flow, or out of it. */
function linksOf(layout: Layout): { down: Map<string, string>; up: Map<string, string> } {
  const [down, up] = [new Map<string, string>(), new Map<string, string>()];
  const holders = holdersOf(layout);
  for (const { transition } of layout.edges) {
    const { source, target, pointer, kind } = transition;
    if (kind === "start" && target !== null) {
      const holder = holders.get(parentFlow(pointer));
      if (holder === undefined) continue;
      if (!down.has(holder)) down.set(holder, target);
      up.set(target, holder);
    }
    if (source === null || target === null) continue;
    const [from, to] = [layout.states.get(source), layout.states.get(target)];
    if (from === undefined || to === undefined || middle(from).y >= middle(to).y) continue;
    if (from.state.flows.length === 0 && !down.has(source)) down.set(source, target);
    if (!up.has(target)) up.set(target, source);
  }
  leaveFlows(layout, holders, down);
  return { down, up };
}

/** Down from where an inner flow ends leads to what comes after the state that it is inside of. */
function leaveFlows(layout: Layout, holders: ReadonlyMap<string, string>, down: Map<string, string>): void {
  const after = (name: string): string | undefined => {
    const holder = holders.get(parentOf(layout.states.get(name)?.state.pointer ?? ""));
    if (holder === undefined) return undefined;
    const next = layout.states.get(holder)?.state.transitions.find(({ target }) => target !== null)?.target;
    return next ?? after(holder);
  };
  for (const name of layout.states.keys()) {
    const next = down.has(name) ? undefined : after(name);
    if (next !== undefined) down.set(name, next);
  }
}

/** The state that each inner flow is inside of, by the flow's pointer. */
function holdersOf(layout: Layout): Map<string, string> {
  return new Map(
    [...layout.states.values()].flatMap(({ state }) => state.flows.map((flow) => [flow.pointer, state.name])),
  );
}

function parentFlow(startPointer: string): string {
  return startPointer.slice(0, -"/StartAt".length);
}
