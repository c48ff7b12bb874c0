import type { Json } from "./json";
import { HIDDEN, INVISIBLE } from "./pieces";

/** Deeper levels are indented like this one, or the lines of `[[[[…` would take memory by the square of its length. */
const DEEPEST = 64;

/** A JSON value over several lines, two spaces for each level; numbers as in the text. */
export function formatted(json: Json, node = 0): string[] {
  const lines: string[] = [];
  const base = json.depth(node);
  const ends: { after: number; close: string }[] = [];
  const end = json.next(node);
  for (let at = node; at < end; at += 1) {
    closeBefore(at);
    const indent = "  ".repeat(Math.min(json.depth(at) - base, DEEPEST));
    const name = at === node ? null : json.name(at);
    const label = name === null ? "" : `${JSON.stringify(name)}: `;
    const comma = isLast(json, at, node) ? "" : ",";
    if (!json.holds(at)) {
      lines.push(`${indent}${label}${json.shown(at)}${comma}`);
      continue;
    }
    const [open, close] = json.kind(at) === "object" ? ["{", "}"] : ["[", "]"];
    if (json.count(at) === 0) lines.push(`${indent}${label}${open}${close}${comma}`);
    else {
      lines.push(`${indent}${label}${open}`);
      ends.push({ after: json.next(at), close: `${indent}${close}${comma}` });
    }
  }
  closeBefore(end);
  return lines;

  function closeBefore(at: number) {
    for (let last = ends.at(-1); last !== undefined && last.after <= at; last = ends.at(-1)) {
      lines.push(last.close);
      ends.pop();
    }
  }
}

function isLast(json: Json, node: number, root: number): boolean {
  return node === root || json.position(node) === json.count(json.parent(node)) - 1;
}

/** A line of a text, cut to fit: `number` is that of the line in the text, from 1; null where it goes on. */
export interface Line {
  number: number | null;
  text: string;
}

/** Cuts lines to about `columns` columns each, and never through a character or what is shown as one thing. */
export function wrapped(lines: readonly string[], columns: number): Line[] {
  const found: Line[] = [];
  lines.forEach((line, index) => {
    const parts = line.length <= columns / 2 ? [line] : NARROW.test(line) ? cut(line, columns) : fitted(line, columns);
    parts.forEach((text, part) => {
      found.push({ number: part === 0 ? index + 1 : null, text });
    });
  });
  return found;
}

const NARROW = /^[\x20-\x7e]*$/;
const PARTS = new RegExp(`${HIDDEN.replaceAll(/[[\]]/g, "\\$&")}|[^]`, "gu");

function cut(line: string, columns: number): string[] {
  if (line.includes(HIDDEN)) return fitted(line, columns);
  const parts: string[] = [];
  for (let from = 0; from < line.length; from += columns) parts.push(line.slice(from, from + columns));
  return parts;
}

/** The same for lines in which not each character takes a column. */
function fitted(line: string, columns: number): string[] {
  const parts: string[] = [];
  let [start, width] = [0, 0];
  for (const { 0: part, index } of line.matchAll(PARTS)) {
    const takes = widthOf(part);
    if (width + takes > columns && width > 0) {
      parts.push(line.slice(start, index));
      [start, width] = [index, 0];
    }
    width += takes;
  }
  parts.push(line.slice(start));
  return parts;
}

/** Columns that a character takes, an invisible one as its number; from Hangul on, most are two wide. */
function widthOf(part: string): number {
  if (part.length > 2) return part.length;
  if (INVISIBLE.test(part)) return 8;
  return (part.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1;
}

/** The lines of a text as it is. */
export function plain(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}
