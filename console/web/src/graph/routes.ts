/** The lines between boxes: where they leave and arrive, and how they pass between the boxes of a layer. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle by its top left corner. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** A line from one box to another over the bends that the layout found for it, at the middles of layers. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly bends: readonly Point[];
}

/** The distance between two lines that leave a box on the same side. */
const PORT_GAP = 22;

/** The points of each link. Lines run down from one layer to the next, or up where a process goes back. */
export function routed(boxes: ReadonlyMap<string, Box>, links: readonly Link[]): Point[][] {
  const ends = links.map((link) => endsOf(boxes, link));
  for (const side of sides(ends)) spread(side);
  const layers = layersOf(boxes);
  return links.map((link, index) => {
    const pair = ends[index];
    if (pair === undefined) return loop(boxes.get(link.from), link.bends);
    const [first, last] = [pair[0].point, pair[1].point];
    const bends = link.bends.flatMap((bend) => throughLayer(bend, layers, first.y < last.y));
    return [first, ...between(bends, first, last), last];
  });
}

/** One end of a link: the side of the box that it touches, and the place there. */
interface End {
  readonly key: string;
  readonly box: Box;
  /** Where the line goes next: ends on one side are in the order of this. */
  readonly toward: number;
  point: Point;
}

function endsOf(boxes: ReadonlyMap<string, Box>, { from, to, bends }: Link): [End, End] | undefined {
  const [source, target] = [boxes.get(from), boxes.get(to)];
  if (source === undefined || target === undefined || from === to) return undefined;
  const isDown = middle(source).y <= middle(target).y;
  const [first, last] = [bends[0] ?? middle(target), bends.at(-1) ?? middle(source)];
  return [end(from, source, isDown, first.x), end(to, target, !isDown, last.x)];
}

function end(id: string, box: Box, isBottom: boolean, toward: number): End {
  const point = { x: middle(box).x, y: isBottom ? box.y + box.height : box.y };
  return { key: `${isBottom ? "bottom" : "top"} ${id}`, box, toward, point };
}

function sides(ends: readonly ([End, End] | undefined)[]): Iterable<End[]> {
  const found = new Map<string, End[]>();
  for (const side of ends.flatMap((pair) => pair ?? [])) {
    const others = found.get(side.key);
    if (others) others.push(side);
    else found.set(side.key, [side]);
  }
  return found.values();
}

/** Set the ends on one side apart, in the order of where they go; one that goes straight on stays in the middle. */
function spread(side: End[]): void {
  side.sort((one, other) => one.toward - other.toward);
  const straight = side.findIndex(({ toward, point }) => Math.abs(toward - point.x) < 1);
  const anchor = straight === -1 ? (side.length - 1) / 2 : straight;
  const furthest = Math.max(anchor, side.length - 1 - anchor, 1);
  for (const [index, one] of side.entries()) {
    const gap = Math.min(PORT_GAP, (one.box.width / 2 - 12) / furthest);
    one.point = { x: one.point.x + (index - anchor) * Math.max(gap, 0), y: one.point.y };
  }
}

interface Layer {
  readonly top: number;
  readonly bottom: number;
}

/** The layers by the height of their middle. */
function layersOf(boxes: ReadonlyMap<string, Box>): Map<number, Layer> {
  const layers = new Map<number, Layer>();
  for (const box of boxes.values()) {
    const key = Math.round(middle(box).y);
    const layer = layers.get(key) ?? { top: box.y, bottom: box.y };
    layers.set(key, { top: Math.min(layer.top, box.y), bottom: Math.max(layer.bottom, box.y + box.height) });
  }
  return layers;
}

/** A bend between the boxes of a layer becomes a straight stretch from one edge of the layer to the other. */
function throughLayer(bend: Point, layers: ReadonlyMap<number, Layer>, isDown: boolean): Point[] {
  const layer = layers.get(Math.round(bend.y));
  if (layer === undefined) return [bend];
  const [top, bottom] = [
    { x: bend.x, y: layer.top },
    { x: bend.x, y: layer.bottom },
  ];
  return isDown ? [top, bottom] : [bottom, top];
}

/** The bends that lie between the ends: a terminal may have moved over one of them. */
function between(bends: readonly Point[], first: Point, last: Point): Point[] {
  const [top, bottom] = [Math.min(first.y, last.y), Math.max(first.y, last.y)];
  return bends.filter(({ y }) => y > top && y < bottom);
}

/** A line from a box back to itself, on its right. */
function loop(box: Box | undefined, bends: readonly Point[]): Point[] {
  if (box === undefined) return [];
  const [right, centre] = [box.x + box.width, middle(box).y];
  const furthest = Math.max(right + 24, ...bends.map(({ x }) => x));
  return [
    { x: right, y: centre - 14 },
    { x: furthest, y: centre },
    { x: right, y: centre + 14 },
  ];
}

export function middle({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** The data of an SVG path through the points: it leaves and passes each one vertically; a loop is round. */
export function pathData(points: readonly Point[]): string {
  const [first, second, third] = points;
  if (first === undefined) return "";
  if (points.length === 3 && second && third && first.x === third.x && second.x > first.x && second.y < third.y) {
    return `M${at(first)}C${at({ x: second.x, y: first.y - 8 })} ${at({ x: second.x, y: third.y + 8 })} ${at(third)}`;
  }
  let data = `M${at(first)}`;
  for (const [index, point] of points.slice(1).entries()) {
    const before = points[index] ?? first;
    const half = (before.y + point.y) / 2;
    data +=
      point.x === before.x
        ? `L${at(point)}`
        : `C${at({ x: before.x, y: half })} ${at({ x: point.x, y: half })} ${at(point)}`;
  }
  return data;
}

function at({ x, y }: Point): string {
  return `${Number(x.toFixed(1))},${Number(y.toFixed(1))}`;
}
