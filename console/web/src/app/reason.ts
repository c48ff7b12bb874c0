/** The reason that every change asks for, with the API's own limits. */

export const REASON_MIN = 3;
export const REASON_MAX = 500;

/** What is wrong with a reason, null where nothing is. */
export function wrongWith(reason: string): string | null {
  const text = reason.trim();
  // The API counts code points, not UTF-16 units.
  const length = [...text].length;
  if (length < REASON_MIN) return `Say why, in at least ${REASON_MIN} characters.`;
  if (length > REASON_MAX) return `At most ${REASON_MAX} characters; these are ${length}.`;
  if (hasControl(text)) return "One line only, without tabs or other control characters.";
  return null;
}

function hasControl(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\u007f");
}
