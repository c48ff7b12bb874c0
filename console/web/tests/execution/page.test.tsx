import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, Route, Routes } from "react-router";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Schema } from "../../src/api/client";
import { makeQueryClient } from "../../src/api/queries";
import { whyNotRedrive, whyNotStart, whyNotStop } from "../../src/execution/actions";
import { whyNotEnd } from "../../src/execution/callbacks";
import ExecutionPage from "../../src/execution/page";
import { Told } from "./events";

vi.mock("../../src/auth/current", () => ({
  session: {},
  usePerson: () => ({ name: "olga", groups: ["operators"], mayChange: true }),
  useStanding: () => ({ kind: "signed-in" }),
}));

// The edge: what goes over the network.
const asked = vi.hoisted(() => vi.fn<(request: Request) => Promise<Response>>());
vi.mock("../../src/api/authorized", () => ({ authorized: () => asked }));

const STARTED = "2026-03-01T12:00:01Z";
const ATTEMPT = "00000#2026-03-01T12:00:03+00:00";
const INPUT = '{"id": 12345678901234567890}';

function waiting(): Schema["Execution"] {
  return {
    workflow: "email-campaign",
    name: "one",
    status: "RUNNING",
    started_at: STARTED,
    ended_at: null,
    input: INPUT,
    output: null,
    error: null,
    cause: null,
    redrives: 0,
    redrive_status: "NOT_REDRIVABLE",
    redrive_status_reason: "Execution is RUNNING and cannot be redriven",
    version: null,
    alias: null,
    parent: null,
    map_run: null,
    definition: '{"StartAt": "Await", "States": {"Await": {"Type": "Task", "Resource": "r", "End": true}}}',
    summarized: true,
    states: [],
    waits: [
      {
        state: "Await",
        since: "2026-03-01T12:00:03Z",
        age_seconds: 3,
        timeout_due: null,
        heartbeat_due: null,
        vendor: "pigeon",
        campaign_id: "c-1",
        attempt: ATTEMPT,
      },
    ],
    mailboxes: [
      {
        vendor: "pigeon",
        campaign_id: "c-1",
        execution: "arn:aws:states:us-east-1:000000000000:execution:email-campaign:one",
        state: "waiting",
        attempt: ATTEMPT,
        outcome: null,
        arrivals: [arrival("m-1", null, false), arrival("m-2", "pending", true), arrival("m-3", "pending", false)],
      },
    ],
    children: [],
  };
}

function arrival(id: string, status: string | null, used: boolean): Schema["Arrival"] {
  return { id, status, used, occurred_at: STARTED, received_at: STARTED, by: "", reason: "" };
}

function told(): Told {
  const history = new Told();
  history.say("ExecutionStarted", { input: INPUT });
  history.enter("Task", "Await", { for: "c-1" });
  history.say("TaskScheduled", { resource: "invoke.waitForTaskToken", resourceType: "lambda", parameters: "{}" });
  history.say("TaskSubmitted", { output: "{}" });
  return history;
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

/** The API as far as the page asks it; what is posted is kept. */
function serve(execution: Schema["Execution"], history: Told, refuse?: { detail: string; what_to_do: string }) {
  const posted: { path: string; text: string }[] = [];
  asked.mockImplementation(async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "POST") {
      posted.push({ path: pathname, text: await request.text() });
      return refuse === undefined
        ? json({ done: "Done.", workflow: "w", name: "n" })
        : json({ ...refuse, status: 409 }, 409);
    }
    if (pathname.endsWith("/history")) {
      const from = Number(searchParams.get("after") ?? 0);
      return json({ events: history.events.slice(from), next: String(history.events.length), more: false });
    }
    return pathname.endsWith("/map-runs") ? json({ map_runs: [], next: null }) : json(execution);
  });
  return posted;
}

function show(path = "/executions/email-campaign/one?state=") {
  const queries = makeQueryClient();
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter initialEntries={[path]}>
        <Routes>
          <Route path="/executions/:workflow/:name" element={<ExecutionPage />} />
        </Routes>
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return queries;
}

beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 400 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => 800 });
});

describe("the page of an execution", () => {
  test("says what it waits for, and what became of each delivery", async () => {
    serve(waiting(), told());
    show();
    expect(await screen.findByText(/waits for pigeon c-1/)).toBeInTheDocument();
    expect(screen.getByText("Never: it has no timeout")).toBeInTheDocument();
    const rows = within(screen.getByRole("table", { name: "Deliveries for pigeon c-1" })).getAllByRole("row");
    const verdicts = rows.slice(1).map((row) =>
      within(row)
        .getAllByRole("cell")
        .map(({ textContent }) => textContent),
    );
    expect(verdicts.map((cells) => cells.filter((cell) => /used|hint/i.test(cell ?? "")).at(-1))).toEqual([
      "Not used",
      "Used",
      "Hint: vendor asked",
    ]);
  });

  test("ends the wait of the attempt that was seen, also where another one waits meanwhile", async () => {
    const execution = waiting();
    const posted = serve(execution, told());
    const queries = show();
    await userEvent.click(await screen.findByRole("button", { name: "End by hand" }));
    execution.waits = execution.waits.map((wait) => ({ ...wait, attempt: "a later one" }));
    await queries.invalidateQueries();
    await userEvent.click(screen.getByRole("radio", { name: /Failed/ }));
    await userEvent.type(screen.getByLabelText("Reason"), "they called");
    await userEvent.click(screen.getByRole("button", { name: "End the wait" }));
    await waitFor(() => expect(posted).toHaveLength(1));
    expect(posted[0]?.path).toBe("/api/waits/pigeon/c-1/end");
    expect(JSON.parse(posted[0]?.text ?? "")).toEqual({ attempt: ATTEMPT, status: "failed", reason: "they called" });
  });

  test("ends the wait of a mailbox that waits, also where the API tells of no wait, as after a redrive", async () => {
    const posted = serve({ ...waiting(), waits: [] }, told());
    show();
    await userEvent.click(await screen.findByRole("button", { name: "End by hand" }));
    await userEvent.click(screen.getByRole("radio", { name: /Success/ }));
    await userEvent.type(screen.getByLabelText("Reason"), "they called");
    await userEvent.click(screen.getByRole("button", { name: "End the wait" }));
    await waitFor(() => expect(posted).toHaveLength(1));
    expect(JSON.parse(posted[0]?.text ?? "")).toMatchObject({ attempt: ATTEMPT, status: "success" });
  });

  test("says why a wait was not ended where a webhook was faster", async () => {
    serve(waiting(), told(), { detail: "This attempt does not wait any more.", what_to_do: "Look again." });
    show();
    await userEvent.click(await screen.findByRole("button", { name: "End by hand" }));
    await userEvent.click(screen.getByRole("radio", { name: /Success/ }));
    await userEvent.type(screen.getByLabelText("Reason"), "they called");
    await userEvent.click(screen.getByRole("button", { name: "End the wait" }));
    expect(await screen.findByText("This attempt does not wait any more.")).toBeInTheDocument();
    expect(screen.getByText("Look again.")).toBeInTheDocument();
  });

  test("starts again with the input to the last digit", async () => {
    const posted = serve(waiting(), told());
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Start again" }));
    await userEvent.type(screen.getByLabelText("Reason"), "once more");
    await userEvent.click(screen.getByRole("button", { name: "Start" }));
    await waitFor(() => expect(posted).toHaveLength(1));
    expect(posted[0]?.text).toContain('"input":{"id": 12345678901234567890},"reason":"once more"');
  });

  test("goes on when a hint says so, to its end, and selects what it stands in until then", async () => {
    const history = told();
    serve(waiting(), history);
    const queries = show("/executions/email-campaign/one");
    expect(await screen.findByRole("button", { name: "Close the details of Await" })).toBeInTheDocument();
    history.say("TaskSucceeded", { output: "{}" });
    history.exit("Task", "Await", { sent: true });
    history.say("ExecutionSucceeded", { output: '{"sent":true}' });
    await queries.invalidateQueries({ queryKey: ["history", "email-campaign", "one"] });
    expect(await screen.findByRole("tab", { name: "Events (7)" })).toBeInTheDocument();
    expect(screen.getByText(/^took/)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Close the details of Await" })).toBeNull();
  });

  test("shows the input and output of the state in its address", async () => {
    const history = told();
    history.say("TaskSucceeded", { output: "{}" });
    history.exit("Task", "Await", { for: "c-2" });
    serve(waiting(), history);
    show("/executions/email-campaign/one?state=Await");
    fireEvent.click(await screen.findByRole("tab", { name: "Difference" }));
    expect(await screen.findByRole("region", { name: "Input and output of Await" })).toBeInTheDocument();
  });

  test("says what is wrong where there is no such execution", async () => {
    asked.mockImplementation(async () =>
      json({ status: 404, detail: "There is no execution one.", what_to_do: "List them." }, 404),
    );
    show();
    expect(await screen.findByText("There is no execution one.")).toBeInTheDocument();
    expect(screen.getByText("List them.")).toBeInTheDocument();
  });
});

describe("an action", () => {
  const ended: Schema["Execution"] = { ...waiting(), status: "FAILED", redrive_status: "REDRIVABLE" };

  test("that can be done has no reason against it", () => {
    expect([whyNotStop(waiting()), whyNotRedrive(ended), whyNotStart(ended)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each([
    ["stop", whyNotStop(ended), /has ended/],
    ["redrive", whyNotRedrive(waiting()), /runs/],
    [
      "redrive",
      whyNotRedrive({ ...ended, redrive_status: "NOT_REDRIVABLE", redrive_status_reason: "too old" }),
      /too old/,
    ],
    ["start", whyNotStart({ ...ended, input: null }), /not kept/],
    ["start", whyNotStart({ ...ended, input: '{"token": "[hidden: may be a task token]"}' }), /hidden/],
    ["start", whyNotStart({ ...ended, input: "[1]" }), /no object/],
    ["start", whyNotStart({ ...ended, map_run: "arn" }), /Map Run/],
  ])("%s says why it can't be done: %s", (_, why, expected) => {
    expect(why).toMatch(expected);
  });

  test("end by hand needs a mailbox that waits", () => {
    const [wait] = waiting().waits as [Schema["OpenWait"]];
    expect(whyNotEnd(wait)).toBeUndefined();
    expect(whyNotEnd({ ...wait, attempt: null, vendor: null })).toMatch(/without a mailbox/);
    expect(whyNotEnd({ ...wait, attempt: null })).toMatch(/does not wait at this moment/);
  });
});
