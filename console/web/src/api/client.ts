import createClient from "openapi-fetch";
import { session } from "../auth/current";
import { authorized } from "./authorized";
import { problemIn, UnreachableError } from "./problem";
import type { components, paths } from "./schema";

export type Schema = components["schemas"];

/** The operations API, typed by its OpenAPI document. Use it through `answer`: `answer(api.GET("/workflows"))`. */
export const api = createClient<paths>({
  baseUrl: `${window.location.origin}/api`,
  fetch: authorized(session, (request) => window.fetch(request)),
});

/**
 * What the API answers.
 * @throws {ProblemError} the API says why not. @throws {UnreachableError} it does not answer.
 */
export async function answer<Data>(
  asked: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await asked.catch((reason: unknown) => {
    if (!(reason instanceof SyntaxError)) throw reason;
    throw new UnreachableError("What answered is not the platform's API: its answer is no JSON.");
  });
  if (!response.ok || data === undefined) throw problemIn(response.status, error);
  return data;
}
