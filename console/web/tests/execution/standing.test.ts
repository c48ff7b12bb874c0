import { describe, expect, test } from "vitest";
import { statesIn } from "../../src/execution/definition";
import { openVisits } from "../../src/execution/open-visits";
import { choicesFor, standing } from "../../src/execution/standing";
import { assignedBy, variablesAt } from "../../src/execution/variables";
import { visitData } from "../../src/execution/visit-data";
import { readHistory } from "../../src/history/append";
import type { Visit } from "../../src/history/model";
import { mapHistory, Told } from "./events";

const NONE_CHOSEN = new Map<string, number>();

describe("what the graph shows of a Map state", () => {
  const history = readHistory(mapHistory());

  test("is one iteration: the one that runs where none is chosen", () => {
    const shown = standing(history, NONE_CHOSEN);
    expect(shown.iterations.get("Each")).toEqual({ statuses: ["SUCCEEDED", "RUNNING"], shown: 1 });
    expect(shown.statuses.get("Check")).toBe("RUNNING");
    expect(shown.counts.get("Work")).toBe(1);
  });

  test("is the one that was chosen", () => {
    const shown = standing(history, new Map([["Each", 0]]));
    expect(shown.statuses.get("Work")).toBe("SUCCEEDED");
    expect(shown.statuses.has("Check"), "the first iteration has not come to it").toBe(false);
  });

  test("is the last one where a number beyond it is in the address", () => {
    expect(standing(history, new Map([["Each", 99]])).iterations.get("Each")?.shown).toBe(1);
  });

  test("is the one in which a visit is, where the visit is selected", () => {
    for (const { index } of history.visits) {
      const visits = [...standing(history, choicesFor(history, index)).visits.values()].flat();
      expect(visits, `visit ${index}`).toContain(index);
    }
  });

  test("has the transitions that were taken", () => {
    const { taken } = standing(history, NONE_CHOSEN);
    expect(taken).toContainEqual([null, "Prepare"]);
    expect(taken).toContainEqual(["Prepare", "Each"]);
    expect(taken).toContainEqual(["Work", "Check"]);
    expect(taken).not.toContainEqual(["Check", null]);
  });
});

describe("where an execution stands", () => {
  test("is the innermost state that is not over, with when it times out", () => {
    const told = new Told();
    told.say("ExecutionStarted");
    told.enter("Task", "Await");
    told.say("TaskScheduled", {
      resource: "invoke.waitForTaskToken",
      resourceType: "lambda",
      parameters: "{}",
      timeoutInSeconds: 60,
      heartbeatInSeconds: 20,
    });
    const { shown, total } = openVisits(readHistory(told.events), new Map(), 5);
    const scheduled = Date.parse(told.events[2]?.timestamp ?? "");
    expect(total).toBe(1);
    expect(shown[0]).toMatchObject({ since: scheduled, until: scheduled + 60_000, heartbeat: scheduled + 20_000 });
  });

  test("is inside of the Map state, not the Map state", () => {
    const { shown } = openVisits(readHistory(mapHistory()), new Map(), 5);
    expect(shown.map(({ visit }) => visit.name)).toEqual(["Check"]);
  });

  test("in a Wait state is until the time that the definition says", () => {
    const told = new Told();
    told.say("ExecutionStarted");
    told.enter("Wait", "Later");
    const states = statesIn('{"StartAt": "Later", "States": {"Later": {"Type": "Wait", "Seconds": 90, "End": true}}}');
    const entered = Date.parse(told.events[1]?.timestamp ?? "");
    expect(openVisits(readHistory(told.events), states, 5).shown[0]?.until).toBe(entered + 90_000);
  });

  test("is nowhere once it has ended", () => {
    const told = new Told();
    told.say("ExecutionStarted");
    told.pass("Only");
    told.say("ExecutionSucceeded", { output: "{}" });
    expect(openVisits(readHistory(told.events), new Map(), 5).total).toBe(0);
  });
});

describe("the variables of a visit", () => {
  const told = new Told();
  told.say("ExecutionStarted");
  told.enter("Pass", "First");
  told.exit("Pass", "First", {}, { assignedVariables: { total: "1", name: '"a"' } });
  told.enter("Pass", "Second");
  told.exit("Pass", "Second", {}, { assignedVariables: { total: "12345678901234567890" } });
  told.enter("Pass", "Third");
  const history = readHistory(told.events);

  test("are those assigned before it, the latest value of each", () => {
    expect(variablesAt(history, 2)).toEqual([
      { name: "name", value: '"a"', state: "First" },
      { name: "total", value: "12345678901234567890", state: "Second" },
    ]);
  });

  test("are not yet those that it assigns itself", () => {
    expect(variablesAt(history, 1).find(({ name }) => name === "total")?.value).toBe("1");
    expect(assignedBy(history, 1)).toEqual([{ name: "total", value: "12345678901234567890", state: "Second" }]);
  });
});

test("the input and output of a visit are those of its own events", () => {
  const told = new Told();
  told.say("ExecutionStarted");
  told.enter("Pass", "Only", { in: 1 });
  const open = readHistory(told.events);
  expect(visitData(open, open.visits[0] as Visit)).toEqual({ input: '{"in":1}', output: null });
  told.exit("Pass", "Only", { out: 2 });
  const left = readHistory(told.events);
  expect(visitData(left, left.visits[0] as Visit)).toEqual({ input: '{"in":1}', output: '{"out":2}' });
});

describe("what a definition says of its states", () => {
  test("is found inside of Map and Parallel states", () => {
    const inner = { StartAt: "In", States: { In: { Type: "Task", Resource: "r", TimeoutSeconds: 5 } } };
    const states = statesIn(
      JSON.stringify({
        QueryLanguage: "JSONata",
        States: {
          Each: { Type: "Map", ItemProcessor: inner },
          Both: { Type: "Parallel", Branches: [{ States: { Left: { Type: "Pass", QueryLanguage: "JSONPath" } } }] },
        },
      }),
    );
    expect([...states.keys()].sort()).toEqual(["Both", "Each", "In", "Left"]);
    expect(states.get("In")).toMatchObject({ resource: "r", timeout: "5", heartbeat: null, language: "JSONata" });
    expect(states.get("Left")?.language).toBe("JSONPath");
  });

  test.each(["", "no", "[]", "null", '{"States": 1}', '{"States": {"A": null}}'])("is nothing in %j", (text) => {
    expect(statesIn(text).size).toBe(0);
  });
});
