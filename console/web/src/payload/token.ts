import { HIDDEN } from "./pieces";

/**
 * Hides what may be a task token, as the operations API does, in a history that did not come from it.
 *
 * A run of at least 100 characters of base64 with capitals, small letters and digits; also where JSON inside a text
 * writes some of them as escapes.
 */
export function withoutTokens(text: string): string {
  return text.replace(RUN, (run, offset: number) => {
    if (!KINDS.every((kind) => kind.test(run))) return run;
    // What follows a backslash belongs to an escape (`\n`, `\u00e4`), without which JSON inside the text breaks.
    const kept = text[offset - 1] === "\\" ? (run.startsWith("u") ? 5 : 1) : 0;
    return run.slice(0, kept) + HIDDEN;
  });
}

const RUN = /(?:[A-Za-z0-9+=/]|\\{1,8}\/|\\{1,8}u00(?:2[bBfF]|3[dD])){100,}/g;
const KINDS = [/[A-Z]/, /[a-z]/, /[0-9]/];
