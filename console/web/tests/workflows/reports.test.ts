import { describe, expect, test } from "vitest";
import { coverageIn, findingsIn, marksOf, stateAt, untakenIn } from "../../src/workflows/reports";

/** As `python -m asl lint --format json` writes it. */
const FINDING = {
  definition: "email-campaign",
  file: "cdk.out/email-campaign.json",
  rule: "ASL103",
  name: "wait-without-catch",
  severity: "warning",
  message: "AwaitStatus waits for a task token, and nothing catches States.Timeout",
  pointer: "/States/AwaitStatus/Resource",
  line: 1,
  column: 45,
  acknowledged: null,
};

/** As `--asl-cov-report=json` writes it. */
const COVERAGE = {
  percent: 50,
  stateMachines: [
    {
      name: "email-campaign",
      source: "workflows/email_campaign/definition.asl.json",
      percent: 50,
      items: [
        { pointer: "/States/Send", kind: "states", label: "Send", count: 3 },
        { pointer: "/States/Send/Catch/0", kind: "catchers", label: "Send: catches States.ALL", count: 0 },
      ],
    },
  ],
};

describe("a report of the lint", () => {
  test("marks the states that its findings are about, but for what is left as it is", () => {
    const findings = findingsIn([
      FINDING,
      { ...FINDING, message: "left as it is", acknowledged: "the vendor always answers" },
      { ...FINDING, pointer: "/TimeoutSeconds" },
    ]);
    expect(findings).toHaveLength(3);
    expect(marksOf(findings ?? [])).toEqual(
      new Map([["AwaitStatus", [{ severity: "warning", message: FINDING.message }]]]),
    );
  });

  test("of another shape is none", () => {
    for (const report of [null, {}, [1], [{ ...FINDING, severity: "fatal" }]]) expect(findingsIn(report)).toBeNull();
    expect(findingsIn([])).toEqual([]);
  });
});

describe("a report of the coverage", () => {
  test("says what no test takes", () => {
    const coverage = coverageIn(COVERAGE, "email-campaign");
    expect(coverage?.percent).toBe(50);
    expect(coverage && untakenIn(coverage)).toEqual(new Set(["/States/Send/Catch/0"]));
  });

  test("of several workflows is read for the one that is shown", () => {
    const [one] = COVERAGE.stateMachines;
    const report = { ...COVERAGE, stateMachines: [{ ...one, name: "other", percent: 0 }, one] };
    expect(coverageIn(report, "email-campaign")?.percent).toBe(50);
    expect(coverageIn(report, "address-import")).toBeNull();
  });

  test("of another shape is none", () => {
    for (const report of [null, [], {}, { stateMachines: [{}] }]) expect(coverageIn(report, "w")).toBeNull();
  });
});

test.each([
  ["/States/A", "A"],
  ["/States/A/Resource", "A"],
  ["/States/Each/ItemProcessor/States/Inner/Next", "Inner"],
  ["/States/States/Next", "States"],
  ["/States/a~1b~0c", "a/b~c"],
  ["", null],
  ["/TimeoutSeconds", null],
])("%j leads into the state %j", (pointer, state) => expect(stateAt(pointer)).toBe(state));
