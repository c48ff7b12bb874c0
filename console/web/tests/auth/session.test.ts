import { beforeEach, describe, expect, test } from "vitest";
import { challengeOf } from "../../src/auth/pkce";
import { Session, type Surroundings } from "../../src/auth/session";

const CONFIG = {
  client_id: "client",
  authorize_url: "/oauth2/authorize",
  token_url: "/oauth2/token",
  logout_url: "/logout",
  local: false,
};

function jwt(claims: object): string {
  return `h.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.s`;
}

const OLGA = jwt({ username: "olga", "cognito:groups": ["operators"] });
const RENEWED = jwt({ username: "olga", "cognito:groups": ["operators"], jti: "2" });
const CODE = "a-secret-code";

/** A browser around a session: what it asked for, where it went, and what the token endpoint answers next. */
class Browser implements Surroundings {
  storage = window.sessionStorage;
  origin = "https://console.example";
  time = 1_000_000;
  visited: string[] = [];
  asked: URLSearchParams[] = [];
  answers: (Response | Error)[] = [];
  now = () => this.time;
  go = (address: string) => void this.visited.push(address);
  fetch: typeof fetch = async (address, init) => {
    if (address === "/config.json") return Response.json(CONFIG);
    this.asked.push(new URLSearchParams(init?.body as URLSearchParams));
    const answer = this.answers.shift() ?? new Error("nothing was to be asked for");
    if (answer instanceof Error) throw answer;
    return answer;
  };
  gives(access: string, refresh: string | null = "refresh-1"): void {
    this.answers.push(
      Response.json({ access_token: access, expires_in: 3600, ...(refresh && { refresh_token: refresh }) }),
    );
  }
  get query(): URLSearchParams {
    return new URL(this.visited.at(-1) ?? "", this.origin).searchParams;
  }
}

let browser: Browser;

beforeEach(() => {
  window.sessionStorage.clear();
  browser = new Browser();
});

async function signedIn(): Promise<Session> {
  await new Session(browser).signIn("/executions?status=FAILED");
  const back = new Session(browser);
  browser.gives(OLGA);
  await back.complete(`?code=${CODE}&state=${browser.query.get("state")}`);
  return back;
}

describe("signing in", () => {
  test("asks for a code with PKCE, and takes it back to the page that was wanted", async () => {
    await new Session(browser).signIn("/executions?status=FAILED");
    const asked = browser.query;
    expect(browser.visited[0]).toMatch(/^\/oauth2\/authorize\?/);
    expect(asked.get("redirect_uri")).toBe("https://console.example/signed-in");
    expect(asked.get("code_challenge_method")).toBe("S256");

    browser.gives(OLGA);
    const session = new Session(browser);
    const target = await session.complete(`?code=${CODE}&state=${asked.get("state")}`);

    expect(target).toBe("/executions?status=FAILED");
    expect(await challengeOf(browser.asked[0]?.get("code_verifier") ?? "")).toBe(asked.get("code_challenge"));
    expect(session.standing).toMatchObject({ kind: "signed-in", person: { name: "olga", mayChange: true } });
  });

  test("a viewer may change nothing", async () => {
    await new Session(browser).signIn("/");
    browser.gives(jwt({ username: "vera", "cognito:groups": ["viewers"] }));
    const session = new Session(browser);
    await session.complete(`?code=${CODE}&state=${browser.query.get("state")}`);
    expect(session.standing).toMatchObject({ person: { name: "vera", groups: ["viewers"], mayChange: false } });
  });

  test("an answer that this tab has not asked for is not taken", async () => {
    await new Session(browser).signIn("/");
    const session = new Session(browser);
    expect(await session.complete(`?code=${CODE}&state=forged`)).toBeNull();
    expect(session.standing.kind).toBe("failed");
    expect(browser.asked).toEqual([]);
  });

  test("the answer is taken once, however often the page is drawn", async () => {
    await new Session(browser).signIn("/audit");
    const session = new Session(browser);
    browser.gives(OLGA);
    const search = `?code=${CODE}&state=${browser.query.get("state")}`;
    expect(await Promise.all([session.complete(search), session.complete(search)])).toEqual(["/audit", "/audit"]);
    expect(browser.asked).toHaveLength(1);
  });

  test.each(["//evil.example/", "/\\evil.example", "https://evil.example", "/signed-in"])(
    "nobody is sent on to %s",
    async (target) => {
      await new Session(browser).signIn(target);
      browser.gives(OLGA);
      const session = new Session(browser);
      expect(await session.complete(`?code=${CODE}&state=${browser.query.get("state")}`)).toBe("/");
    },
  );

  test("a refusal says why, without the code", async () => {
    await new Session(browser).signIn("/");
    browser.answers.push(Response.json({ error: "invalid_grant" }, { status: 400 }));
    const session = new Session(browser);
    await session.complete(`?code=${CODE}&state=${browser.query.get("state")}`);
    expect(session.standing).toMatchObject({ kind: "failed", why: expect.stringContaining("was not taken") });
    expect(JSON.stringify(session.standing)).not.toContain(CODE);
  });

  test("who only reloads the tab stays signed in", async () => {
    await signedIn();
    expect(new Session(browser).standing.kind).toBe("signed-in");
  });
});

describe("access tokens", () => {
  test("one that is about to expire is renewed first, once for all who ask", async () => {
    const session = await signedIn();
    browser.time += 3_590_000;
    browser.gives(RENEWED, null);
    expect(await Promise.all([session.token(), session.token()])).toEqual([RENEWED, RENEWED]);
    expect(browser.asked.slice(1).map((asked) => asked.get("grant_type"))).toEqual(["refresh_token"]);
  });

  test("the refresh token is kept when no new one comes, and replaced when one does", async () => {
    const session = await signedIn();
    browser.gives(RENEWED, null);
    await session.renew(OLGA);
    browser.gives(OLGA, "refresh-2");
    await session.renew(RENEWED);
    browser.gives(RENEWED);
    await session.renew(OLGA);
    expect(browser.asked.slice(1).map((asked) => asked.get("refresh_token"))).toEqual([
      "refresh-1",
      "refresh-1",
      "refresh-2",
    ]);
  });

  test("who comes late with a token that was replaced meanwhile renews nothing", async () => {
    const session = await signedIn();
    browser.gives(RENEWED);
    await session.renew(OLGA);
    expect(await session.renew(OLGA)).toBe(true);
    expect(browser.asked).toHaveLength(2);
  });

  test("a refused refresh token ends the sign-in", async () => {
    const session = await signedIn();
    browser.answers.push(Response.json({ error: "invalid_grant" }, { status: 400 }));
    expect(await session.renew(OLGA)).toBe(false);
    expect(session.standing).toEqual({ kind: "expired" });
    expect(await session.token()).toBeNull();
    expect(browser.storage.getItem("baton.tokens")).toBeNull();
  });

  test.each([new Error("offline"), new Response("", { status: 503 })])(
    "a sign-in service that does not answer ends nothing",
    async (answer) => {
      const session = await signedIn();
      browser.answers.push(answer);
      await expect(session.renew(OLGA)).rejects.toThrow("does not answer now");
      expect(session.standing.kind).toBe("signed-in");
    },
  );

  test("no token and no code gets into an address or a standing", async () => {
    const session = await signedIn();
    browser.answers.push(Response.json({ error: "invalid_grant" }, { status: 400 }));
    await session.renew(OLGA);
    await session.signOut();
    const told = JSON.stringify([browser.visited, session.standing]);
    for (const secret of [OLGA, "refresh-1", CODE]) expect(told).not.toContain(secret);
  });
});

test("who signs out is not signed in again by the next look", async () => {
  const session = await signedIn();
  await session.signOut();
  expect(new Session(browser).standing).toEqual({ kind: "left" });
  expect(browser.visited.at(-1)).toBe("/logout?client_id=client&logout_uri=https%3A%2F%2Fconsole.example%2F");
});

test("without a configuration the sign-in says what to look at", async () => {
  browser.fetch = async () => new Response("", { status: 503 });
  const session = new Session(browser);
  await session.signIn("/");
  expect(session.standing).toMatchObject({ kind: "failed", why: expect.stringContaining("baton up") });
});
