import { type Config, loadConfig } from "./config";
import { challengeOf, randomText } from "./pkce";
import { type Person, personIn, storedTokens, storeTokens, type Tokens, tokensIn } from "./tokens";

/** How the sign-in stands. `failed` says why in words for the person; it never holds a token or a code. */
export type Standing =
  | { kind: "signed-out" }
  | { kind: "signing-in" }
  | { kind: "signed-in"; person: Person; local: boolean }
  | { kind: "left" }
  | { kind: "expired" }
  | { kind: "failed"; why: string };

/** What the session needs from the browser. */
export interface Surroundings {
  storage: Storage;
  origin: string;
  fetch: typeof fetch;
  now: () => number;
  /** Leave the page for this address. */
  go: (address: string) => void;
}

const BEGUN = "baton.sign-in";
const LEFT = "baton.signed-out";
/** An access token is renewed when it has less than this left, so that no request arrives with one just expired. */
const MARGIN_MS = 60_000;
export const SIGNED_IN_PATH = "/signed-in";

/** OAuth 2.0 authorization code with PKCE, for a public client; the tokens live as long as the tab. */
export class Session {
  #standing: Standing;
  #tokens: Tokens | null;
  #config: Promise<Config> | null = null;
  #local = false;
  #renewal: Promise<boolean> | null = null;
  #completion: Promise<string | null> | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly surroundings: Surroundings) {
    this.#tokens = storedTokens(surroundings.storage);
    this.#standing = { kind: "signed-out" };
    if (this.#tokens !== null) this.#standing = this.#signedIn(this.#tokens);
    else if (surroundings.storage.getItem(LEFT) !== null) this.#standing = { kind: "left" };
  }

  get standing(): Standing {
    return this.#standing;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Leave for the sign-in, to come back to `target`. `hint` says who, where the sign-in is the local one. */
  async signIn(target: string, hint?: string): Promise<void> {
    this.#stand({ kind: "signing-in" });
    try {
      const config = await this.#loaded();
      const verifier = randomText();
      const state = randomText();
      this.surroundings.storage.removeItem(LEFT);
      this.surroundings.storage.setItem(BEGUN, JSON.stringify({ verifier, state, target }));
      const query = new URLSearchParams({
        response_type: "code",
        client_id: config.client_id,
        redirect_uri: this.#redirectUri,
        scope: "openid",
        state,
        code_challenge: await challengeOf(verifier),
        code_challenge_method: "S256",
        ...(hint === undefined ? {} : { login_hint: hint }),
      });
      this.surroundings.go(`${config.authorize_url}?${query}`);
    } catch (error) {
      this.#stand({ kind: "failed", why: said(error, "The sign-in could not begin.") });
    }
  }

  /** Take what the sign-in has sent back, once. Resolves to the page to go to, null where there is no sign-in. */
  complete(search: string): Promise<string | null> {
    this.#completion ??= this.#complete(new URLSearchParams(search));
    return this.#completion;
  }

  /** An access token that is good for a while, null where there is none. */
  async token(): Promise<string | null> {
    if (this.#tokens === null) return null;
    if (this.#tokens.expiresAt - this.surroundings.now() < MARGIN_MS && this.#tokens.refresh !== null) {
      await this.renew(this.#tokens.access);
    }
    return this.#tokens?.access ?? null;
  }

  /** Get new tokens in place of `refused`; false where there are none any more. One renewal serves all who ask. */
  renew(refused: string): Promise<boolean> {
    if (this.#tokens !== null && this.#tokens.access !== refused) return Promise.resolve(true);
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /** The API does not take the sign-in any more. */
  expire(): void {
    if (this.#standing.kind !== "signed-in") return;
    this.#keep(null);
    this.#stand({ kind: "expired" });
  }

  async signOut(): Promise<void> {
    this.#keep(null);
    this.surroundings.storage.setItem(LEFT, "yes");
    this.#stand({ kind: "left" });
    const config = await this.#loaded().catch(() => null);
    if (config === null) return;
    const query = new URLSearchParams({ client_id: config.client_id, logout_uri: `${this.surroundings.origin}/` });
    this.surroundings.go(`${config.logout_url}?${query}`);
  }

  get #redirectUri(): string {
    return `${this.surroundings.origin}${SIGNED_IN_PATH}`;
  }

  async #complete(given: URLSearchParams): Promise<string | null> {
    const begun = this.#begun();
    this.surroundings.storage.removeItem(BEGUN);
    const code = given.get("code");
    const refused = given.get("error_description") ?? given.get("error");
    if (begun === null || given.get("state") !== begun.state) {
      if (this.#standing.kind === "signed-in") return "/";
      this.#stand({ kind: "failed", why: "This is not the answer to a sign-in that this tab has begun." });
      return null;
    }
    if (refused !== null || code === null) {
      this.#stand({ kind: "failed", why: `The sign-in was refused: ${refused ?? "it gave no code"}.` });
      return null;
    }
    try {
      const tokens = await this.#ask({
        grant_type: "authorization_code",
        code,
        redirect_uri: this.#redirectUri,
        code_verifier: begun.verifier,
      });
      if (tokens === null) throw new Error("The sign-in's code was not taken. It works once, and for a short time.");
      this.#keep(tokens);
      this.#stand(this.#signedIn(tokens));
      return begun.target;
    } catch (error) {
      this.#stand({ kind: "failed", why: said(error, "The sign-in could not be completed.") });
      return null;
    }
  }

  async #renew(): Promise<boolean> {
    const before = this.#tokens;
    if (before?.refresh == null) {
      this.expire();
      return false;
    }
    const tokens = await this.#ask({ grant_type: "refresh_token", refresh_token: before.refresh });
    if (this.#tokens !== before) return this.#tokens !== null;
    if (tokens === null) {
      this.expire();
      return false;
    }
    this.#keep(tokens);
    this.#stand(this.#signedIn(tokens));
    return true;
  }

  /** Null where the tokens are refused for good. @throws where the server can't be asked: that says nothing of them. */
  async #ask(parameters: Record<string, string>): Promise<Tokens | null> {
    const config = await this.#loaded();
    const response = await this.surroundings
      .fetch(config.token_url, {
        method: "POST",
        credentials: "omit",
        body: new URLSearchParams({ ...parameters, client_id: config.client_id }),
      })
      .catch(() => null);
    if (response === null || response.status >= 500 || response.status === 429) {
      throw new Error("The sign-in service does not answer now. Check the network and try again.");
    }
    return response.ok
      ? tokensIn(await response.json().catch(() => null), this.surroundings.now(), this.#tokens)
      : null;
  }

  async #loaded(): Promise<Config> {
    this.#config ??= loadConfig(this.surroundings.fetch);
    try {
      const config = await this.#config;
      this.#local = config.local;
      return config;
    } catch (error) {
      this.#config = null;
      throw error;
    }
  }

  #begun(): { verifier: string; state: string; target: string } | null {
    try {
      const found = JSON.parse(this.surroundings.storage.getItem(BEGUN) ?? "null");
      const { verifier, state, target } = found;
      if (typeof verifier !== "string" || typeof state !== "string" || typeof target !== "string") return null;
      return { verifier, state, target: isOwnPath(target) ? target : "/" };
    } catch {
      return null;
    }
  }

  #signedIn(tokens: Tokens): Standing {
    if (this.#config === null)
      void this.#loaded().then(
        () => this.#again(),
        () => undefined,
      );
    return { kind: "signed-in", person: personIn(tokens.access), local: this.#local };
  }

  /** Say whether the sign-in is the local one, now that it is known. */
  #again(): void {
    if (this.#standing.kind === "signed-in" && this.#standing.local !== this.#local) {
      this.#stand({ ...this.#standing, local: this.#local });
    }
  }

  #keep(tokens: Tokens | null): void {
    this.#tokens = tokens;
    storeTokens(this.surroundings.storage, tokens);
  }

  #stand(standing: Standing): void {
    this.#standing = standing;
    for (const listener of this.#listeners) listener();
  }
}

/** A path of this console: what `//host` or `/\host` would make of an address is another host. */
function isOwnPath(target: string): boolean {
  return /^\/(?![/\\])/.test(target) && !target.startsWith(SIGNED_IN_PATH);
}

function said(error: unknown, otherwise: string): string {
  return error instanceof Error && error.message !== "" ? error.message : otherwise;
}
