/**
 * What is different between two JSON texts, by structure: the order of names does not matter, that of items does.
 *
 * Equal values are found first, each once, by giving every value a number; so the comparison itself takes time by what
 * differs. Numbers are equal if they are written the same.
 */
import type { Json } from "./json";
import { runs } from "./myers";

export type Diff =
  | { kind: "same"; left: number; right: number }
  | { kind: "removed"; left: number }
  | { kind: "added"; right: number }
  | { kind: "replaced"; left: number; right: number }
  | { kind: "inside"; left: number; right: number; parts: Diff[] };

/** Of values, in both texts together: more are not compared. */
export const MOST_VALUES = 400_000;
/** Deeper than this, values that differ are replaced as a whole. */
const DEEPEST = 200;

/** The difference; null where the two are too large to be compared in a fraction of a second. */
export function diff(left: Json, right: Json): Diff | null {
  if (left.size + right.size > MOST_VALUES) return null;
  return new Comparison(left, right).of(0, 0);
}

class Comparison {
  private readonly leftIds: Int32Array;
  private readonly rightIds: Int32Array;

  constructor(
    private readonly left: Json,
    private readonly right: Json,
  ) {
    const known = new Map<string, number>();
    this.leftIds = identified(left, known);
    this.rightIds = identified(right, known);
  }

  of(left: number, right: number): Diff {
    if (this.leftIds[left] === this.rightIds[right]) return { kind: "same", left, right };
    const kind = this.left.kind(left);
    if (kind !== this.right.kind(right) || this.left.depth(left) >= DEEPEST) return { kind: "replaced", left, right };
    if (kind === "object") return { kind: "inside", left, right, parts: this.fields(left, right) };
    if (kind === "array") return { kind: "inside", left, right, parts: this.items(left, right) };
    return { kind: "replaced", left, right };
  }

  private fields(left: number, right: number): Diff[] {
    const before = named(this.left, left);
    const after = named(this.right, right);
    const parts: Diff[] = [];
    for (const [name, node] of before) {
      const other = after.get(name);
      parts.push(other === undefined ? { kind: "removed", left: node } : this.of(node, other));
    }
    for (const [name, node] of after) if (!before.has(name)) parts.push({ kind: "added", right: node });
    return parts;
  }

  private items(left: number, right: number): Diff[] {
    const before = [...this.left.children(left)];
    const after = [...this.right.children(right)];
    const ids = [before.map((node) => this.leftIds[node] ?? 0), after.map((node) => this.rightIds[node] ?? 0)] as const;
    const parts: Diff[] = [];
    let [l, r] = [0, 0];
    const next = () => this.of(before[l++] as number, after[r++] as number);
    for (const { kept, removed, added } of runs(...ids)) {
      // Of a run that was replaced, the first is most likely what became of the first.
      for (let pair = kept + Math.min(removed, added); pair > 0; pair -= 1) parts.push(next());
      for (let more = removed - added; more > 0; more -= 1)
        parts.push({ kind: "removed", left: before[l++] as number });
      for (let more = added - removed; more > 0; more -= 1) parts.push({ kind: "added", right: after[r++] as number });
    }
    return parts;
  }
}

/** Of a name that comes twice the last counts, as everywhere. */
function named(json: Json, node: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const child of json.children(node)) found.set(json.name(child) ?? "", child);
  return found;
}

/** A number for each value, the same for equal ones. From the last to the first: what is inside comes before it. */
function identified(json: Json, known: Map<string, number>): Int32Array {
  const ids = new Int32Array(json.size);
  for (let node = json.size - 1; node >= 0; node -= 1) {
    const key = keyOf(json, node, ids);
    let id = known.get(key);
    if (id === undefined) {
      id = known.size;
      known.set(key, id);
    }
    ids[node] = id;
  }
  return ids;
}

function keyOf(json: Json, node: number, ids: Int32Array): string {
  if (!json.holds(node)) return json.shown(node);
  if (json.kind(node) === "array") return `[${Array.from(json.children(node), (child) => ids[child]).join()}`;
  const fields = Array.from(named(json, node), ([name, child]) => `${JSON.stringify(name)}:${ids[child]}`);
  return `{${fields.sort().join()}`;
}

/** Whether nothing is different. */
export function isSame(difference: Diff): boolean {
  return difference.kind === "same";
}
