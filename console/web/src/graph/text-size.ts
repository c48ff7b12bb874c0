/** How wide text is drawn, without a page to measure it on, so that the layout is the same everywhere. */

const NARROW = /[ijlrtfI.,:;'|!()[\] -]/;
const WIDE = /[mwMW@%]/;
const CAPITAL = /[A-Z0-9_$=<>≤≥#&+~]/;

/** An upper estimate for the usual system fonts, in pixels; bold letters are a seventh wider. */
export function textWidth(text: string, size: number, isBold = false): number {
  let ems = 0;
  for (const char of text) {
    if (char > "\u2fff") ems += 1.1;
    else if (NARROW.test(char)) ems += 0.36;
    else if (WIDE.test(char)) ems += 0.95;
    else if (CAPITAL.test(char)) ems += 0.69;
    else ems += 0.58;
  }
  return ems * size * (isBold ? 8 / 7 : 1);
}

/** The text on at most `most` lines, broken where words meet (`aB`, `a-b`, `a.b`), the last one with … if it is too long. */
export function lines(text: string, size: number, width: number, most: number, isBold = false): string[] {
  const fits = isBold ? (width * 7) / 8 : width;
  const result: string[] = [];
  let rest = text;
  while (rest !== "" && result.length < most) {
    const isLast = result.length === most - 1;
    if (textWidth(rest, size) <= fits) return [...result, rest.trimEnd()];
    if (isLast) return [...result, `${head(rest, size, fits - size).trimEnd()}…`];
    const line = head(rest, size, fits);
    const at = breakBefore(rest, line.length);
    result.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return result;
}

/** As many whole characters as fit, but one at least. */
function head(text: string, size: number, width: number): string {
  let taken = "";
  for (const char of text) {
    if (taken !== "" && textWidth(taken + char, size) > width) break;
    taken += char;
  }
  return taken;
}

/** The last place at or before `end` where a word begins, best one after a space; `end` itself when all are too far back. */
function breakBefore(text: string, end: number): number {
  const places = Array.from({ length: Math.ceil((end * 2) / 3) }, (_, back) => end - back);
  const pair = (at: number) => text.slice(at - 1, at + 1);
  return (
    places.find((at) => /\s/.test(pair(at))) ?? places.find((at) => /^[-_.,:/]|^[a-z0-9][A-Z]/.test(pair(at))) ?? end
  );
}
