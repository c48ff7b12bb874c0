import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { captionOf } from "../../src/graph/captions";
import { conditionOf } from "../../src/graph/conditions";
import { readDefinition } from "../../src/graph/definition";
import { allTransitions, machines } from "./machines";

const read = (value: unknown) => readDefinition(JSON.stringify(value));
const pass = { Type: "Pass", End: true };

describe("what can't be drawn is said with its place", () => {
  test.each([
    ["no JSON", '{"StartAt": "A",', "", "The definition is not JSON"],
    ["no object", "[]", "", "Expected an object with StartAt and States, got a list"],
    ["no states", '{"StartAt": "A"}', "", "States is missing"],
    ["no start", JSON.stringify({ States: { A: pass } }), "/StartAt", "Expected the name of a state, got nothing"],
    ["a start that is not there", JSON.stringify({ StartAt: "B", States: { A: pass } }), "/StartAt", 'no state "B"'],
    [
      "a way to nowhere",
      JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", Next: "a/b" } } }),
      "/States/A/Next",
      'no state "a/b"',
    ],
    [
      "a way into a branch",
      JSON.stringify({
        StartAt: "P",
        States: {
          P: { Type: "Parallel", Next: "In", Branches: [{ StartAt: "In", States: { In: pass } }] },
        },
      }),
      "/States/P/Next",
      'no state "In"',
    ],
    [
      "a name that two states have",
      JSON.stringify({
        StartAt: "A",
        States: { A: { Type: "Map", End: true, ItemProcessor: { StartAt: "A", States: { A: pass } } } },
      }),
      "/States/A/ItemProcessor/States/A",
      'The name "A" is taken by the state at /States/A',
    ],
    ["a state without type", JSON.stringify({ StartAt: "A", States: { A: {} } }), "/States/A", "no Type"],
    [
      "a Map without flow",
      JSON.stringify({ StartAt: "A", States: { A: { Type: "Map" } } }),
      "/States/A",
      "ItemProcessor",
    ],
    [
      "rules that are none",
      JSON.stringify({ StartAt: "A", States: { A: { Type: "Choice", Choices: [1] } } }),
      "/States/A/Choices",
      "list of objects",
    ],
  ])("%s", (_, text, pointer, message) => {
    const { problems } = readDefinition(text);
    expect(
      problems?.some((problem) => problem.pointer === pointer && problem.message.includes(message)),
      JSON.stringify(problems),
    ).toBe(true);
  });

  test("whatever is read, nothing is thrown", () => {
    const broken = machines().chain((machine) => {
      const text = JSON.stringify(machine);
      return fc.nat(text.length).map((end) => text.slice(0, end));
    });
    fc.assert(fc.property(fc.oneof(broken, fc.json(), fc.string()), (text) => readDefinition(text) !== undefined));
    let deep = { StartAt: "x", States: {} };
    for (let depth = 0; depth < 500; depth++) {
      deep = { StartAt: `s${depth}`, States: { [`s${depth}`]: { Type: "Map", End: true, ItemProcessor: deep } } };
    }
    expect(read(deep).problems?.[0]?.message).toContain("nested more than");
  });
});

test("each transition has the pointer, kind and words that it is drawn with", () => {
  const { flow } = {
    flow: undefined,
    ...read({
      StartAt: "a/b",
      States: {
        "a/b": {
          Type: "Choice",
          Choices: [{ Variable: "$.n", NumericLessThanEquals: 3, Next: "T" }],
          Default: "T",
        },
        T: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          End: true,
          Catch: [{ ErrorEquals: ["A", "B"], Next: "T" }],
        },
      },
    }),
  };
  const drawn =
    flow &&
    [...allTransitions(flow)].map(({ pointer, kind, source, target, label }) => [pointer, kind, source, target, label]);
  expect(drawn).toEqual([
    ["/StartAt", "start", null, "a/b", ""],
    ["/States/a~1b/Choices/0/Next", "choice", "a/b", "T", "$.n ≤ 3"],
    ["/States/a~1b/Default", "default", "a/b", "T", ""],
    ["/States/T/End", "end", "T", null, ""],
    ["/States/T/Catch/0/Next", "catch", "T", "T", "A, B"],
  ]);
});

test.each([
  [{ Condition: "{% $states.input.total >\n 10 %}" }, "$states.input.total > 10"],
  [{ Variable: "$.a", StringEquals: "x" }, '$.a = "x"'],
  [{ Variable: "$.a", NumericGreaterThanPath: "$.b" }, "$.a > $.b"],
  [{ Variable: "$.a", StringMatches: "log-*" }, '$.a like "log-*"'],
  [{ Variable: "$.a", IsPresent: false }, "$.a is not present"],
  [{ Variable: "$.a", TimestampLessThan: "2026-01-01T00:00:00Z", Comment: "c" }, '$.a < "2026-01-01T00:00:00Z"'],
  [{ Not: { Variable: "$.a", IsNull: true } }, "not $.a is null"],
  [
    {
      And: [
        { Variable: "$.a", BooleanEquals: true },
        {
          Or: [
            { Variable: "$.b", IsString: true },
            { Variable: "$.c", IsNumeric: true },
          ],
        },
      ],
    },
    "$.a = true and ($.b is string or $.c is numeric)",
  ],
])("a rule reads as a condition: %j", (rule, text) => {
  expect(conditionOf(rule)).toBe(text);
});

test.each([
  ["Task", { Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken" }, "lambda:invoke, waits for token"],
  ["Task", { Resource: "arn:aws:states:::states:startExecution.sync:2" }, "states:startExecution, waits for its end"],
  ["Task", { Resource: "arn:aws:lambda:eu-west-1:123456789012:function:pick" }, "function:pick"],
  ["Wait", { Seconds: 30 }, "Wait 30 s"],
  ["Wait", { SecondsPath: "$.s" }, "Wait $.s"],
  ["Wait", { Timestamp: "2026-01-01T00:00:00Z" }, "Wait until 2026-01-01T00:00:00Z"],
  ["Fail", { Error: "Broken" }, "Fail Broken"],
  ["Map", { ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" } } }, "Map, distributed"],
  ["Succeed", {}, "Succeed"],
])("a %s state %j says what it does", (type, fields, text) => {
  expect(captionOf({ type, fields })).toBe(text);
});
