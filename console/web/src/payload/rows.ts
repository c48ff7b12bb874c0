import { type Json, parse } from "./json";
import { formatted, plain, wrapped } from "./lines";
import { HIDDEN, indexOf } from "./pieces";

/** Which row of the tree: that of a value (line 0), or a line, from 1, of the text of a string that is open. */
export interface Place {
  node: number;
  line: number;
}

/** A row of the tree; `text` is that of a line of a string, null for a value. */
export interface Row extends Place {
  text: string | null;
}

export function same(row: Place, other: Place): boolean {
  return row.node === other.node && row.line === other.line;
}

const LONG = 120;
/** Of a tree that is shown for the first time. */
const FIRST_ROWS = 150;
/** Browsers give up on elements of more than 16 million pixels. */
const MAX_ROWS = 600_000;

/** Whether a node can be opened: it holds values, or is a text that takes more than a line. */
export function opens(json: Json, node: number): boolean {
  if (json.holds(node)) return json.count(node) > 0;
  if (json.kind(node) !== "string") return false;
  const source = json.source(node);
  return source.length > LONG || source.includes("\\n") || looksLikeJson(source);
}

function looksLikeJson(source: string): boolean {
  return /^"\s*(?:\{.*\}|\[.*\])\s*"$/s.test(source) && source.length > 4 && source !== `"${HIDDEN}"`;
}

/** What is open at first: level by level, as long as it fits. Strings are closed. */
export function firstOpen(json: Json, rows = FIRST_ROWS): Set<number> {
  const open = new Set<number>();
  let level = json.holds(0) ? [0] : [];
  let left = rows;
  while (level.length > 0) {
    const below: number[] = [];
    for (const node of level) {
      if (json.count(node) > left) continue;
      left -= json.count(node);
      open.add(node);
      for (const child of json.children(node)) if (json.holds(child)) below.push(child);
    }
    level = below;
  }
  if (open.size === 0 && json.holds(0)) open.add(0);
  return open;
}

/** The rows that show where `open` is open, at most `MAX_ROWS`. */
export function visible(json: Json, open: ReadonlySet<number>, columns: number): Row[] {
  const rows: Row[] = [];
  for (let node = 0; node < json.size && rows.length < MAX_ROWS; ) {
    rows.push({ node, line: 0, text: null });
    const isOpen = open.has(node);
    if (isOpen && json.kind(node) === "string") {
      for (const [index, text] of textOf(json, node, columns).entries()) rows.push({ node, line: index + 1, text });
    }
    node = isOpen ? node + 1 : json.next(node);
  }
  return rows;
}

/** The lines of a string; where it is JSON in its turn, of that. */
function textOf(json: Json, node: number, columns: number): string[] {
  const text = json.string(node);
  const inner = looksLikeJson(json.source(node)) ? parse(text).json : null;
  return wrapped(inner === null ? plain(text) : formatted(inner), columns).map((line) => line.text);
}

/** The nodes whose name or value, as shown, has the query in it, in the order of the text. */
export function search(json: Json, query: string): number[] {
  if (query === "") return [];
  const found: number[] = [];
  for (let node = 0; node < json.size; node += 1) {
    const name = json.name(node);
    if (name !== null && indexOf(name, query) >= 0) found.push(node);
    else if (!json.holds(node) && indexOf(json.shown(node), query) >= 0) found.push(node);
  }
  return found;
}

/** `open`, and all that a node is in. */
export function revealed(json: Json, open: ReadonlySet<number>, node: number): Set<number> {
  const wider = new Set(open);
  for (let at = json.parent(node); at >= 0; at = json.parent(at)) wider.add(at);
  return wider;
}
