import type { components } from "./schema";

type Problem = components["schemas"]["Problem"];
export type ProblemField = components["schemas"]["ProblemField"];

/** The API has answered that it did not do it (`application/problem+json`, RFC 9457). */
export class ProblemError extends Error {
  override name = "ProblemError";
  readonly status: number;
  readonly title: string;
  readonly whatToDo: string;
  readonly fields: readonly ProblemField[];

  constructor(problem: Pick<Problem, "status" | "detail"> & Partial<Problem>) {
    super(problem.detail);
    this.status = problem.status;
    this.title = problem.title ?? `The API answered ${problem.status}`;
    this.whatToDo = problem.what_to_do ?? "";
    this.fields = problem.fields ?? [];
  }

  /** Whether asking again may help. */
  get passing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** The API could not be reached, or what answered was not the API. */
export class UnreachableError extends Error {
  override name = "UnreachableError";
  readonly whatToDo = "Check the network and that the platform is up (on a laptop: “baton status”), then try again.";
}

/** The problem in an answer. What is none of ours (a gateway's own 503, a proxy's page) is put in words by its status. */
export function problemIn(status: number, body: unknown): ProblemError {
  if (typeof body === "object" && body !== null && typeof (body as Problem).detail === "string") {
    const { fields, ...rest } = body as Problem;
    return new ProblemError({ ...rest, status, fields: Array.isArray(fields) ? fields : [] });
  }
  const [detail, whatToDo] = inWords(status);
  return new ProblemError({ status, detail, what_to_do: whatToDo });
}

function inWords(status: number): [string, string] {
  if (status === 401) return ["You are not signed in, or no longer.", "Sign in again."];
  if (status === 403) return ["You may not do this.", "Ask an administrator to put you into the group it takes."];
  if (status === 404) return ["There is no such thing, or not any more.", "Go back to the list."];
  if (status === 413) return ["What was sent is too large.", "Send less."];
  if (status === 429) return ["There are too many requests at the moment.", "Wait a moment, then try again."];
  if (status >= 500) return [`The platform does not answer now (${status}).`, "Wait a moment, then try again."];
  return [`The platform answered ${status}, without saying why.`, "Look into the API's log."];
}
