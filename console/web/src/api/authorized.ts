import type { Session } from "../auth/session";
import { UnreachableError } from "./problem";

/** API Gateway gives up after 30 s; whoever waits longer waits for nothing. */
const LIMIT_MS = 35_000;

type Fetch = (request: Request) => Promise<Response>;

/** A fetch that carries the session's access token, and after a 401 asks once more with a new one. */
export function authorized(session: Pick<Session, "token" | "renew" | "expire">, fetcher: Fetch): Fetch {
  return async (request) => {
    const again = request.clone();
    const token = await tokenOf(session);
    const response = await reach(fetcher, bearing(request, token));
    if (response.status !== 401 || token === null) return response;
    if (!(await renewed(session, token))) return response;
    const second = await reach(fetcher, bearing(again, await tokenOf(session)));
    if (second.status === 401) session.expire();
    return second;
  };
}

function bearing(request: Request, token: string | null): Request {
  const headers = new Headers(request.headers);
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  return new Request(request, {
    headers,
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(LIMIT_MS)]),
  });
}

async function tokenOf(session: Pick<Session, "token">): Promise<string | null> {
  return await session.token().catch(unreachable);
}

async function renewed(session: Pick<Session, "renew">, token: string): Promise<boolean> {
  return await session.renew(token).catch(unreachable);
}

async function reach(fetcher: Fetch, request: Request): Promise<Response> {
  try {
    return await fetcher(request);
  } catch (error) {
    const name = typeof error === "object" && error !== null && "name" in error ? error.name : "";
    if (name === "AbortError") throw error;
    if (name === "TimeoutError") throw new UnreachableError("The platform did not answer in time.");
    throw new UnreachableError("The platform could not be reached.");
  }
}

function unreachable(error: unknown): never {
  throw new UnreachableError(error instanceof Error ? error.message : "The sign-in service could not be reached.");
}
