import type { Json } from "./json";
import { opens, type Place, type Row, same } from "./rows";

interface Standing {
  json: Json;
  rows: readonly Row[];
  open: ReadonlySet<number>;
  active: Place;
  /** Rows that PageUp and PageDown move by. */
  page: number;
}

interface Step {
  open?: Set<number>;
  active?: Place;
}

interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/**
 * What a key does in the tree; null where it is none of the tree's.
 *
 * https://www.w3.org/WAI/ARIA/apg/patterns/treeview/#keyboardinteraction
 */
export function step({ key, ctrlKey, metaKey, altKey }: Key, standing: Standing): Step | null {
  if (ctrlKey || metaKey || altKey) return null;
  const { json, rows, open, active, page } = standing;
  const { node } = active;
  const row = rows.findIndex((other) => same(other, active));
  const canOpen = active.line === 0 && opens(json, node);
  switch (key) {
    case "ArrowDown":
      return at(rows, row + 1);
    case "ArrowUp":
      return at(rows, row - 1);
    case "PageDown":
      return at(rows, row + page);
    case "PageUp":
      return at(rows, row - page);
    case "Home":
      return at(rows, 0);
    case "End":
      return at(rows, rows.length - 1);
    case "ArrowRight":
      if (!canOpen) return {};
      return open.has(node) ? at(rows, row + 1) : { open: new Set(open).add(node) };
    case "ArrowLeft":
      if (active.line > 0) return { active: { node, line: 0 } };
      if (canOpen && open.has(node)) return { open: without(open, node) };
      return json.parent(node) < 0 ? {} : { active: { node: json.parent(node), line: 0 } };
    case "Enter":
    case " ":
      if (!canOpen) return {};
      return { open: open.has(node) ? without(open, node) : new Set(open).add(node) };
    case "*":
      return { open: withSiblings(json, open, node) };
    default:
      return null;
  }
}

function at(rows: readonly Row[], index: number): Step {
  const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
  return row === undefined ? {} : { active: { node: row.node, line: row.line } };
}

function without(open: ReadonlySet<number>, node: number): Set<number> {
  const less = new Set(open);
  less.delete(node);
  return less;
}

function withSiblings(json: Json, open: ReadonlySet<number>, node: number): Set<number> {
  const more = new Set(open);
  const parent = json.parent(node);
  for (const sibling of parent < 0 ? [node] : json.children(parent)) if (json.holds(sibling)) more.add(sibling);
  return more;
}
