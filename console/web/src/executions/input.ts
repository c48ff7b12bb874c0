/** The input of an execution that somebody has written. */

export type Input = { input: Record<string, unknown>; wrong: null } | { input: null; wrong: string };

/** AWS's limit, in bytes of UTF-8. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_INPUT_BYTES = 262_144;

export function inputIn(text: string): Input {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    return { input: null, wrong: `This is no JSON: ${error instanceof Error ? error.message : "it can't be read"}.` };
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return { input: null, wrong: "The input has to be a JSON object, in braces." };
  }
  const bytes = new TextEncoder().encode(JSON.stringify(input)).length;
  if (bytes > MAX_INPUT_BYTES) {
    return { input: null, wrong: `The input has ${bytes} bytes; Step Functions takes ${MAX_INPUT_BYTES}.` };
  }
  return { input: input as Record<string, unknown>, wrong: null };
}
