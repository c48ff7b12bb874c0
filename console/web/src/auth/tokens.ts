/** The tokens of a tab. They are nowhere but here, in sessionStorage and in the Authorization header. */
export interface Tokens {
  access: string;
  refresh: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Who has signed in, as the access token says. The API decides; the page only shows less to who may do less. */
export interface Person {
  name: string;
  groups: readonly string[];
  mayChange: boolean;
}

const STORED = "baton.tokens";

export function storedTokens(storage: Storage): Tokens | null {
  try {
    const found: unknown = JSON.parse(storage.getItem(STORED) ?? "null");
    return isTokens(found) ? found : null;
  } catch {
    return null;
  }
}

export function storeTokens(storage: Storage, tokens: Tokens | null): void {
  if (tokens === null) storage.removeItem(STORED);
  else storage.setItem(STORED, JSON.stringify(tokens));
}

/** Read an answer of the token endpoint (RFC 6749, 5.1), null where it is none. */
export function tokensIn(answer: unknown, now: number, before: Tokens | null): Tokens | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { access_token, refresh_token, expires_in } = answer as Record<string, unknown>;
  if (typeof access_token !== "string" || access_token === "") return null;
  return {
    access: access_token,
    refresh: typeof refresh_token === "string" ? refresh_token : (before?.refresh ?? null),
    expiresAt: now + (typeof expires_in === "number" && expires_in > 0 ? expires_in : 300) * 1000,
  };
}

export function personIn(access: string): Person {
  const claims = claimsOf(access);
  const groups = Array.isArray(claims["cognito:groups"])
    ? claims["cognito:groups"].filter((group): group is string => typeof group === "string")
    : [];
  const name = [claims.username, claims["cognito:username"], claims.sub].find(
    (claim): claim is string => typeof claim === "string" && claim !== "",
  );
  return { name: name ?? "signed in", groups, mayChange: groups.includes("operators") };
}

function claimsOf(access: string): Record<string, unknown> {
  try {
    const body = (access.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isTokens(found: unknown): found is Tokens {
  if (typeof found !== "object" || found === null) return false;
  const { access, refresh, expiresAt } = found as Record<string, unknown>;
  return (
    typeof access === "string" && (refresh === null || typeof refresh === "string") && typeof expiresAt === "number"
  );
}
