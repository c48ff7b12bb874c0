/** What the operations API writes where a text may have held a task token. */
export const HIDDEN = "[hidden: may be a task token]";

/** A part of a text as it is shown. A `control` is a character that would be invisible, or turn the text around. */
export interface Piece {
  kind: "text" | "match" | "hidden" | "control";
  text: string;
}

// Control characters, what turns the direction of text around, what has no width, separators of lines. Not tabs, line
// ends, and the joiners that emoji and some scripts are written with.
export const INVISIBLE = /(?![\t\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const SPECIAL = new RegExp(`(${HIDDEN.replaceAll(/[[\]]/g, "\\$&")}|${INVISIBLE.source})`, "u");

/** Cuts a text into what is shown as it is, and what is marked: what was searched for, tokens, invisible characters. */
export function pieces(text: string, query = ""): Piece[] {
  const found: Piece[] = [];
  text.split(SPECIAL).forEach((part, index) => {
    if (part === "") return;
    if (index % 2 === 0) found.push(...matches(part, query));
    else if (part === HIDDEN) found.push({ kind: "hidden", text: part });
    else found.push({ kind: "control", text: code(part) });
  });
  return found;
}

function code(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function matches(text: string, query: string): Piece[] {
  if (query === "") return [{ kind: "text", text }];
  const found: Piece[] = [];
  let from = 0;
  for (let at = indexOf(text, query); at >= 0; at = indexOf(text, query, from)) {
    if (at > from) found.push({ kind: "text", text: text.slice(from, at) });
    found.push({ kind: "match", text: text.slice(at, at + query.length) });
    from = at + query.length;
  }
  if (from < text.length) found.push({ kind: "text", text: text.slice(from) });
  return found;
}

/** Where a text holds another, capitals or not. Characters that change length with their case are taken as they are. */
export function indexOf(text: string, query: string, from = 0): number {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower.indexOf(query.toLowerCase(), from) : text.indexOf(query, from);
}
