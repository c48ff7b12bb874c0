import { describe, expect, test } from "vitest";
import { authorized } from "../../src/api/authorized";
import { problemIn, UnreachableError } from "../../src/api/problem";

/** A session with one token after the other; `renews` says whether there is another. */
class Tokens {
  expired = false;
  renewals = 0;
  constructor(private readonly renews = true) {}
  token = async () => (this.expired ? null : `token-${this.renewals}`);
  renew = async () => {
    this.renewals += 1;
    return this.renews;
  };
  expire = () => {
    this.expired = true;
  };
}

function server(...answers: (number | Error)[]) {
  const asked: { authorization: string | null; body: string }[] = [];
  const fetcher = async (request: Request): Promise<Response> => {
    asked.push({ authorization: request.headers.get("Authorization"), body: await request.text() });
    const answer = answers.shift() ?? 500;
    if (answer instanceof Error) throw answer;
    return new Response("{}", { status: answer });
  };
  return { asked, fetcher };
}

const request = () => new Request("https://console.example/api/executions", { method: "POST", body: "input" });

describe("a request to the API", () => {
  test("carries the token", async () => {
    const { asked, fetcher } = server(200);
    expect((await authorized(new Tokens(), fetcher)(request())).status).toBe(200);
    expect(asked).toEqual([{ authorization: "Bearer token-0", body: "input" }]);
  });

  test("is made once more, with its body, when the token is refused", async () => {
    const { asked, fetcher } = server(401, 200);
    expect((await authorized(new Tokens(), fetcher)(request())).status).toBe(200);
    expect(asked).toEqual([
      { authorization: "Bearer token-0", body: "input" },
      { authorization: "Bearer token-1", body: "input" },
    ]);
  });

  test("ends the sign-in when the new token is refused as well, without a third try", async () => {
    const tokens = new Tokens();
    const { asked, fetcher } = server(401, 401, 200);
    expect((await authorized(tokens, fetcher)(request())).status).toBe(401);
    expect(asked).toHaveLength(2);
    expect(tokens.expired).toBe(true);
  });

  test("stays refused when there is no new token", async () => {
    const { asked, fetcher } = server(401, 200);
    expect((await authorized(new Tokens(false), fetcher)(request())).status).toBe(401);
    expect(asked).toHaveLength(1);
  });

  test("says what to do when nothing answers", async () => {
    const { fetcher } = server(new TypeError("Failed to fetch"));
    const error = await authorized(new Tokens(), fetcher)(request()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as UnreachableError).whatToDo).toContain("Check the network");
  });

  test("stays aborted when the page has lost interest", async () => {
    const { fetcher } = server(Object.assign(new Error("left"), { name: "AbortError" }));
    await expect(authorized(new Tokens(), fetcher)(request())).rejects.toHaveProperty("name", "AbortError");
  });
});

describe("a problem", () => {
  test("keeps what the API says", () => {
    const error = problemIn(422, {
      type: "about:blank",
      title: "Unprocessable",
      status: 422,
      detail: "The input does not fit.",
      what_to_do: "Mend the fields.",
      fields: [{ where: "input.vendor", problem: "is missing" }],
    });
    expect(error).toMatchObject({
      status: 422,
      message: "The input does not fit.",
      whatToDo: "Mend the fields.",
      fields: [{ where: "input.vendor", problem: "is missing" }],
      passing: false,
    });
  });

  test.each([
    [503, { message: "Service Unavailable" }, true],
    [504, "<html>", true],
    [403, undefined, false],
    [418, null, false],
  ])("of a gateway (%i) is put in words", (status, body, passing) => {
    const error = problemIn(status, body);
    expect(error.message).not.toBe("");
    expect(error.whatToDo).not.toBe("");
    expect(error.passing).toBe(passing);
  });
});
