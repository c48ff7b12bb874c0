import type { Diff } from "./diff";
import type { Json } from "./json";
import { formatted } from "./lines";
import { runs } from "./myers";

/** A line of a comparison. `skipped` counts lines that are the same and not shown. */
export interface DiffLine {
  mark: "same" | "removed" | "added" | "skipped";
  text: string;
  skipped: number;
}

/** Lines that are the same and shown, before and after each difference. */
const AROUND = 2;

/** The lines of a structural difference: all of them; `folded` leaves out what is the same. */
export function linesOf(difference: Diff, left: Json, right: Json): DiffLine[] {
  const lines: DiffLine[] = [];
  write(difference, 0);
  return lines;

  function write(part: Diff, depth: number) {
    if (part.kind === "same") push("same", left, part.left, depth);
    if (part.kind === "removed" || part.kind === "replaced") push("removed", left, part.left, depth);
    if (part.kind === "added" || part.kind === "replaced") push("added", right, part.right, depth);
    if (part.kind !== "inside") return;
    const [open, close] = left.kind(part.left) === "object" ? ["{", "}"] : ["[", "]"];
    const indent = "  ".repeat(Math.min(depth, 64));
    lines.push(same(`${indent}${label(right, part.right, depth)}${open}`));
    for (const inner of part.parts) write(inner, depth + 1);
    lines.push(same(`${indent}${close}`));
  }

  function push(mark: DiffLine["mark"], json: Json, node: number, depth: number) {
    const indent = "  ".repeat(Math.min(depth, 64));
    formatted(json, node).forEach((text, index) => {
      lines.push({ mark, text: `${indent}${index === 0 ? label(json, node, depth) : ""}${text}`, skipped: 0 });
    });
  }
}

function label(json: Json, node: number, depth: number): string {
  const name = depth === 0 ? null : json.name(node);
  return name === null ? "" : `${JSON.stringify(name)}: `;
}

function same(text: string): DiffLine {
  return { mark: "same", text, skipped: 0 };
}

/** The difference of two texts that are not both JSON, line by line. */
export function textLines(left: readonly string[], right: readonly string[]): DiffLine[] {
  const known = new Map<string, number>();
  const number = (line: string) => {
    const id = known.get(line) ?? known.size;
    known.set(line, id);
    return id;
  };
  const lines: DiffLine[] = [];
  let [l, r] = [0, 0];
  for (const run of runs(left.map(number), right.map(number))) {
    for (const text of left.slice(l, l + run.kept)) lines.push(same(text));
    for (const text of left.slice(l + run.kept, l + run.kept + run.removed))
      lines.push({ mark: "removed", text, skipped: 0 });
    for (const text of right.slice(r + run.kept, r + run.kept + run.added))
      lines.push({ mark: "added", text, skipped: 0 });
    l += run.kept + run.removed;
    r += run.kept + run.added;
  }
  return lines;
}

/** The lines, with long runs of the same ones folded. */
export function folded(lines: readonly DiffLine[]): DiffLine[] {
  const found: DiffLine[] = [];
  let index = 0;
  while (index < lines.length) {
    let end = index;
    while (end < lines.length && lines[end]?.mark === "same") end += 1;
    if (end === index) {
      found.push(lines[index++] as DiffLine);
      continue;
    }
    const from = index === 0 ? index : index + AROUND;
    const to = end === lines.length ? end : end - AROUND;
    if (to - from < 4) found.push(...lines.slice(index, end));
    else {
      found.push(...lines.slice(index, from));
      found.push({ mark: "skipped", text: "", skipped: to - from });
      found.push(...lines.slice(to, end));
    }
    index = end;
  }
  return found;
}

export function counted(lines: readonly DiffLine[]): { added: number; removed: number } {
  let [added, removed] = [0, 0];
  for (const { mark } of lines) {
    if (mark === "added") added += 1;
    if (mark === "removed") removed += 1;
  }
  return { added, removed };
}
