/**
 * Where the states and transitions of a definition are drawn: layered, top to bottom. What is inside a state is laid
 * out first, and that state is then one node of its own flow. The same definition gives the same layout everywhere.
 */
import { Graph, layout as runDagre } from "@dagrejs/dagre";
import { captionOf } from "./captions";
import type { Flow, State, Transition } from "./definition";
import { orderLayers } from "./order";
import { type Box, type Link, type Point, routed } from "./routes";
import { lines, textWidth } from "./text-size";

const NAME_SIZE = 13;
const SMALL_SIZE = 11;
/** The part of a box left of its text, where the icon of its type stands. */
export const ICON_COLUMN = 38;
const TEXT_WIDTH = 184;
const MIN_TEXT_WIDTH = 118;
const LABEL_WIDTH = 150;
const PADDING = 18;
const BRANCH_GAP = 16;
const DOT = 14;
const DOT_GAP = 20;

export interface PlacedState extends Box {
  readonly state: State;
  /** How many states it is inside of. */
  readonly depth: number;
  readonly name: readonly string[];
  readonly caption: string;
  /** The height of what a box says: all of it for a simple state, the head of a Parallel or Map state. */
  readonly head: number;
}

/** The area of one branch of a Parallel state. */
export interface PlacedBranch extends Box {
  readonly pointer: string;
}

/** Where a flow starts or ends: a labelled pill for the machine, a dot for a flow inside a state. */
export interface PlacedTerminal extends Box {
  readonly id: string;
  readonly kind: "start" | "end";
  readonly isOuter: boolean;
}

export interface PlacedEdge {
  readonly transition: Transition;
  readonly points: readonly Point[];
  readonly label: (Box & { readonly lines: readonly string[] }) | null;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly states: ReadonlyMap<string, PlacedState>;
  readonly branches: readonly PlacedBranch[];
  readonly terminals: readonly PlacedTerminal[];
  readonly edges: readonly PlacedEdge[];
}

export interface LayoutOptions {
  /** Leave a line in each box for the status of its state. */
  readonly withStatus: boolean;
}

/** Lay out a definition; its top left corner is 0, 0. */
export function layOut(flow: Flow, options: LayoutOptions): Layout {
  const drawing = layOutFlow(flow, 0, options);
  return { ...drawing, states: new Map(drawing.states.map((placed) => [placed.state.name, placed])) };
}

interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly states: readonly PlacedState[];
  readonly branches: readonly PlacedBranch[];
  readonly terminals: readonly PlacedTerminal[];
  readonly edges: readonly PlacedEdge[];
}

/** A node of the flow being laid out; dagre sets `x`, `y` of its centre. */
interface Node {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly state?: Measured;
  readonly terminal?: "start" | "end";
  x: number;
  y: number;
}

interface Measured {
  readonly state: State;
  readonly name: readonly string[];
  readonly caption: string;
  readonly head: number;
  readonly width: number;
  readonly height: number;
  readonly inner: readonly Drawing[];
}

function layOutFlow(flow: Flow, depth: number, options: LayoutOptions): Drawing {
  const nodes = nodesOf(flow, depth, options);
  const transitions = [flow.start, ...inReadingOrder(flow).flatMap((state) => state.transitions)];
  const edges = placed(nodes, transitions);
  if (depth > 0) drawTerminalsIn(nodes);
  const routes = routed(boxes(nodes), edges);
  const own: Drawing = {
    width: 0,
    height: 0,
    states: [...nodes.values()].flatMap((node) => (node.state ? [placeState(node, node.state, depth)] : [])),
    terminals: [...nodes.values()].flatMap((node) =>
      node.terminal
        ? [{ id: `${flow.pointer}/${node.terminal}`, kind: node.terminal, isOuter: depth === 0, ...boxOf(node) }]
        : [],
    ),
    branches: [],
    edges: edges.map((edge, index) => ({
      transition: edge.transition,
      points: routes[index] ?? [],
      label: edge.label && { ...edge.label, x: edge.x - edge.label.width / 2, y: edge.y - edge.label.height / 2 },
    })),
  };
  const inner = [...nodes.values()].flatMap((node) => (node.state ? placeInner(node, node.state) : []));
  return cornered(merged([own, ...inner]));
}

function nodesOf(flow: Flow, depth: number, options: LayoutOptions): Map<string | symbol, Node> {
  const nodes = new Map<string | symbol, Node>();
  const terminal = (kind: "start" | "end"): Node => {
    const size = depth === 0 ? { width: 64, height: 28 } : { width: DOT, height: DOT };
    return { id: kind, terminal: kind, x: 0, y: 0, ...size };
  };
  nodes.set(START, terminal("start"));
  const states = inReadingOrder(flow);
  for (const [index, state] of states.entries()) {
    const measured = measure(state, depth, options);
    nodes.set(state.name, {
      id: `s${index}`,
      width: measured.width,
      height: measured.height,
      state: measured,
      x: 0,
      y: 0,
    });
  }
  if (states.some((state) => state.transitions.some(({ target }) => target === null))) nodes.set(END, terminal("end"));
  return nodes;
}

const START = Symbol("start");
const END = Symbol("end");

/** The states as an execution meets them, depth first; then those that nothing leads to. */
function inReadingOrder(flow: Flow): State[] {
  const found = new Set<State>();
  const waiting = [...flow.states.values()].reverse();
  const start = flow.start.target === null ? undefined : flow.states.get(flow.start.target);
  if (start) waiting.push(start);
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (found.has(state)) continue;
    found.add(state);
    for (const { target } of [...state.transitions].reverse()) {
      const next = target === null ? undefined : flow.states.get(target);
      if (next && !found.has(next)) waiting.push(next);
    }
  }
  return [...found];
}

function measure(state: State, depth: number, options: LayoutOptions): Measured {
  const inner = state.flows.map((flow) => layOutFlow(flow, depth + 1, options));
  const innerWidth = inner.reduce((sum, { width }) => sum + width + 2 * PADDING, (inner.length - 1) * BRANCH_GAP);
  const innerHeight = Math.max(0, ...inner.map(({ height }) => height + 2 * PADDING));
  const room = inner.length > 0 ? Math.max(TEXT_WIDTH, innerWidth - ICON_COLUMN) : TEXT_WIDTH;
  const name = lines(state.name, NAME_SIZE, room, 2, true);
  const caption = lines(captionOf(state), SMALL_SIZE, room, 1)[0] ?? "";
  const text = Math.max(
    MIN_TEXT_WIDTH,
    textWidth(caption, SMALL_SIZE),
    ...name.map((line) => textWidth(line, NAME_SIZE, true)),
  );
  const head = 20 + name.length * 17 + 15 + (options.withStatus ? 18 : 0);
  const frame = inner.length > 0 ? PADDING : 0;
  return {
    state,
    inner,
    name,
    caption,
    head,
    width: Math.ceil(Math.max(ICON_COLUMN + text + 14, innerWidth + (frame > 0 ? 2 * frame : 0))),
    height: Math.ceil(head + innerHeight + frame),
  };
}

interface Edge extends Link {
  readonly transition: Transition;
  readonly label: { readonly lines: readonly string[]; readonly width: number; readonly height: number } | null;
  /** The centre of the label. */
  readonly x: number;
  readonly y: number;
}

/** Let dagre place the nodes, and the bends and labels of the transitions between them. */
function placed(nodes: ReadonlyMap<string | symbol, Node>, transitions: readonly Transition[]): Edge[] {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 30, edgesep: 18, ranksep: 40 });
  for (const node of nodes.values()) graph.setNode(node.id, { width: node.width, height: node.height });
  const drawn = transitions.flatMap((transition) => {
    const [from, to] = [nodes.get(transition.source ?? START), nodes.get(transition.target ?? END)];
    if (from === undefined || to === undefined) return [];
    const label = labelOf(transition);
    const size = { width: label?.width ?? 0, height: label?.height ?? 0, labelpos: "c", weight: weightOf(transition) };
    graph.setEdge(from.id, to.id, size, transition.pointer);
    return [{ transition, label, from, to }];
  });
  runDagre(graph, { customOrder: orderLayers });
  for (const node of nodes.values()) {
    const { x, y } = graph.node(node.id) as Point;
    Object.assign(node, { x, y });
  }
  return drawn.map(({ transition, label, from, to }) => {
    const { points, x, y } = graph.edge(from.id, to.id, transition.pointer) as Point & { points: Point[] };
    return { transition, label, x, y, from: from.id, to: to.id, bends: points.slice(1, -1) };
  });
}

/** Where a process goes when all is well runs straight. */
function weightOf({ kind }: Transition): number {
  if (kind === "catch") return 1;
  return kind === "choice" ? 2 : 6;
}

function labelOf(transition: Transition): Edge["label"] {
  const text = transition.kind === "default" ? "Default" : transition.label;
  if (text === "") return null;
  const wrapped = lines(text, SMALL_SIZE, LABEL_WIDTH, 2);
  const width = Math.max(...wrapped.map((line) => textWidth(line, SMALL_SIZE)));
  return { lines: wrapped, width: Math.ceil(width) + 10, height: wrapped.length * 14 + 6 };
}

/** Bring the dots where an inner flow starts and ends near its states: they need no layer of their own. */
function drawTerminalsIn(nodes: ReadonlyMap<string | symbol, Node>): void {
  const [start, end] = [nodes.get(START), nodes.get(END)];
  const states = [...nodes.values()].filter((node) => node.state);
  if (start) {
    const below = states.filter(({ y }) => y > start.y).map((node) => node.y - node.height / 2);
    if (below.length > 0) start.y = Math.max(start.y, Math.min(...below) - DOT_GAP - DOT / 2);
  }
  if (end) {
    const above = states.filter(({ y }) => y < end.y).map((node) => node.y + node.height / 2);
    if (above.length > 0) end.y = Math.min(end.y, Math.max(...above) + DOT_GAP + DOT / 2);
  }
}

function boxes(nodes: ReadonlyMap<string | symbol, Node>): Map<string, Box> {
  return new Map([...nodes.values()].map((node) => [node.id, boxOf(node)]));
}

function boxOf({ x, y, width, height }: Node): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function placeState(node: Node, { state, name, caption, head }: Measured, depth: number): PlacedState {
  return { ...boxOf(node), state, depth, name, caption, head };
}

/** The flows inside a state, side by side under its head, each a branch with a frame of its own where it is not alone. */
function placeInner(node: Node, { inner, head, state }: Measured): Drawing[] {
  const box = boxOf(node);
  const widths = inner.map(({ width }) => width + 2 * PADDING);
  const height = Math.max(0, ...inner.map((drawing) => drawing.height)) + 2 * PADDING;
  const all = widths.reduce((sum, width) => sum + width, (inner.length - 1) * BRANCH_GAP);
  let left = box.x + (box.width - all) / 2;
  return inner.map((drawing, index) => {
    const width = widths[index] ?? 0;
    const branch = { pointer: state.flows[index]?.pointer ?? "", x: left, y: box.y + head, width, height };
    const moved = shifted(drawing, left + PADDING, box.y + head + PADDING);
    left += width + BRANCH_GAP;
    return state.type === "Parallel" ? { ...moved, branches: [branch, ...moved.branches] } : moved;
  });
}

function merged(drawings: readonly Drawing[]): Drawing {
  return {
    width: 0,
    height: 0,
    states: drawings.flatMap(({ states }) => states),
    branches: drawings.flatMap(({ branches }) => branches),
    terminals: drawings.flatMap(({ terminals }) => terminals),
    edges: drawings.flatMap(({ edges }) => edges),
  };
}

/** Move a drawing so that all of it lies right of and below 0, 0, and say how large it is. */
function cornered(drawing: Drawing): Drawing {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const include = (x: number, y: number) => {
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  };
  const labels = drawing.edges.flatMap(({ label }) => label ?? []);
  for (const box of [...drawing.states, ...drawing.terminals, ...labels]) {
    include(box.x, box.y);
    include(box.x + box.width, box.y + box.height);
  }
  for (const { x, y } of drawing.edges.flatMap(({ points }) => points)) include(x, y);
  return { ...shifted(drawing, -left, -top), width: Math.ceil(right - left), height: Math.ceil(bottom - top) };
}

function shifted(drawing: Drawing, dx: number, dy: number): Drawing {
  const moved = <T extends Point>(place: T): T => ({ ...place, x: place.x + dx, y: place.y + dy });
  return {
    ...drawing,
    states: drawing.states.map(moved),
    branches: drawing.branches.map(moved),
    terminals: drawing.terminals.map(moved),
    edges: drawing.edges.map(({ transition, points, label }) => ({
      transition,
      points: points.map(moved),
      label: label && moved(label),
    })),
  };
}
