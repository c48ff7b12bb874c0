/**
 * The order of nodes within their layers, so that few lines cross: barycentres in sweeps down and up, the best of all
 * orders kept. Does what dagre's own does, on arrays: that one rebuilds a graph for each layer of each sweep and takes
 * most of the time of a large layout.
 *
 * K. Sugiyama, S. Tagawa, M. Toda: Methods for visual understanding of hierarchical system structures, 1981.
 * W. Barth, P. Mutzel, M. Jünger: Simple and efficient bilayer cross counting, 2004.
 */
import type { Graph } from "@dagrejs/dagre";

/** Sweeps in a row that may bring nothing before the search ends. */
const PATIENCE = 4;
const MAX_SWEEPS = 24;

interface Neighbour {
  readonly node: number;
  readonly weight: number;
}

interface Layering {
  readonly layerOf: readonly number[];
  readonly above: readonly (readonly Neighbour[])[];
  readonly below: readonly (readonly Neighbour[])[];
}

/** Set `order` of each node of a graph whose nodes have ranks and whose edges lead from one rank to the next. */
export function orderLayers(graph: Graph): void {
  const names = graph.nodes().filter((name) => typeof label(graph, name).rank === "number");
  const best = bestOrder(layering(graph, names));
  for (const layer of best) {
    for (const [place, node] of layer.entries()) label(graph, names[node] ?? "").order = place;
  }
}

function label(graph: Graph, name: string): { rank?: number; order?: number } {
  return graph.node(name) as { rank?: number; order?: number };
}

function layering(graph: Graph, names: readonly string[]): Layering {
  const index = new Map(names.map((name, node) => [name, node]));
  const above: Neighbour[][] = names.map(() => []);
  const below: Neighbour[][] = names.map(() => []);
  for (const edge of graph.edges()) {
    const [from, to] = [index.get(edge.v), index.get(edge.w)];
    if (from === undefined || to === undefined) continue;
    const { weight } = graph.edge(edge) as { weight: number };
    below[from]?.push({ node: to, weight });
    above[to]?.push({ node: from, weight });
  }
  return { layerOf: names.map((name) => label(graph, name).rank ?? 0), above, below };
}

function bestOrder(layering: Layering): number[][] {
  let layers = depthFirst(layering);
  let best = layers;
  let fewest = crossings(best, layering);
  for (let sweep = 0, idle = 0; sweep < MAX_SWEEPS && idle < PATIENCE && fewest > 0; sweep++, idle++) {
    layers = swept(layers, layering, sweep % 2 === 0);
    const count = crossings(layers, layering);
    if (count < fewest) [best, fewest, idle] = [layers, count, -1];
  }
  return best;
}

/** The order in which a walk along the lines meets the nodes. */
function depthFirst({ layerOf, below }: Layering): number[][] {
  const layers: number[][] = Array.from({ length: Math.max(-1, ...layerOf) + 1 }, () => []);
  const seen = new Set<number>();
  const starts = [...layerOf.keys()].sort((a, b) => (layerOf[a] ?? 0) - (layerOf[b] ?? 0));
  for (const start of starts) {
    const waiting = [start];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      layers[layerOf[node] ?? 0]?.push(node);
      waiting.push(...(below[node] ?? []).map((next) => next.node).reverse());
    }
  }
  return layers;
}

/** Sort each layer by where the neighbours of its nodes stand in the layer before; nodes without any keep their place. */
function swept(layers: readonly number[][], { above, below }: Layering, isDown: boolean): number[][] {
  const places = placesIn(layers);
  const result = layers.map((layer) => layer);
  const indexes = [...layers.keys()];
  for (const index of isDown ? indexes : indexes.reverse()) {
    const neighbours = isDown ? above : below;
    const keyed = (layers[index] ?? []).map((node, place) => ({
      node,
      key: barycentre(neighbours[node] ?? [], places) ?? place,
    }));
    // From below, ties turn around: that gets a drawing out of a place where no single move helps.
    if (!isDown) keyed.reverse();
    const sorted = keyed.sort((a, b) => a.key - b.key).map(({ node }) => node);
    for (const [place, node] of sorted.entries()) places[node] = place;
    result[index] = sorted;
  }
  return result;
}

function barycentre(neighbours: readonly Neighbour[], places: readonly number[]): number | undefined {
  if (neighbours.length === 0) return undefined;
  let [sum, weights] = [0, 0];
  for (const { node, weight } of neighbours) {
    sum += (places[node] ?? 0) * weight;
    weights += weight;
  }
  return sum / weights;
}

/** By node, its place in its layer. */
function placesIn(layers: readonly number[][]): number[] {
  const places: number[] = [];
  for (const layer of layers) {
    for (const [place, node] of layer.entries()) places[node] = place;
  }
  return places;
}

/** How often lines cross, each crossing counted with the weights of both. */
function crossings(layers: readonly number[][], { below }: Layering): number {
  const places = placesIn(layers);
  let count = 0;
  for (const [index, layer] of layers.entries()) {
    const size = layers[index + 1]?.length ?? 0;
    if (size > 1 && layer.length > 1) count += crossingsOf(layer, size, below, places);
  }
  return count;
}

function crossingsOf(
  layer: readonly number[],
  size: number,
  below: Layering["below"],
  places: readonly number[],
): number {
  const sums = new Float64Array(size + 1);
  let [count, total] = [0, 0];
  for (const node of layer) {
    const links = (below[node] ?? []).map((link) => ({ place: places[link.node] ?? 0, weight: link.weight }));
    for (const { place, weight } of links) count += weight * (total - sumUpTo(sums, place));
    for (const { place, weight } of links) {
      total += weight;
      for (let at = place + 1; at <= size; at += at & -at) sums[at] = (sums[at] ?? 0) + weight;
    }
  }
  return count;
}

/** The weights of the lines so far that end at `place` or left of it: a Fenwick tree. */
function sumUpTo(sums: Float64Array, place: number): number {
  let sum = 0;
  for (let at = place + 1; at > 0; at -= at & -at) sum += sums[at] ?? 0;
  return sum;
}
