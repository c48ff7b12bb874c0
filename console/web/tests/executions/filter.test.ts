import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { executionIn } from "../../src/executions/arn";
import { type Filter, filterIn, filterOf, STATUSES, searchOf, tokensOf } from "../../src/executions/filter";
import { inputIn } from "../../src/executions/input";

const moment = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString());
const campaign = fc.record({
  vendor: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/),
  campaign_id: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/),
});
const filters: fc.Arbitrary<Filter> = fc
  .tuple(
    fc.record(
      {
        workflow: fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/),
        status: fc.constantFrom(...STATUSES),
        error: fc
          .string({ minLength: 1, maxLength: 256, unit: "grapheme-composite" })
          .filter((text) => [...text].length <= 256),
        started_after: moment,
        started_before: moment,
      },
      { requiredKeys: [] },
    ),
    fc.option(campaign),
  )
  .map(([filter, pair]) => ({ ...filter, ...pair }));

describe("the filter", () => {
  test("comes out of the address as it went in", () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const address = new URL(`https://console.example/executions?${searchOf(filter)}`);
        expect(filterIn(address.searchParams)).toEqual(filter);
      }),
    );
  });

  test("comes out of the field as it went in", () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(filterOf(tokensOf(filter))).toEqual({ filter, wrong: null });
      }),
    );
  });

  test("holds nothing that the API would refuse, whatever the address says", () => {
    const names = ["workflow", "status", "error", "started_after", "started_before", "vendor", "campaign_id", "x"];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), fc.string())), (pairs) => {
        const filter = filterIn(new URLSearchParams(pairs));
        expect(filterIn(searchOf(filter))).toEqual(filter);
        expect(filter.vendor === undefined).toBe(filter.campaign_id === undefined);
        if (filter.status !== undefined) expect(STATUSES).toContain(filter.status);
      }),
    );
  });

  test("of two tokens for one thing the later holds", () => {
    const tokens = [
      { propertyKey: "status", operator: "=", value: "FAILED" },
      { propertyKey: "status", operator: "=", value: "RUNNING" },
    ];
    expect(filterOf(tokens).filter).toEqual({ status: "RUNNING" });
  });

  test.each([
    ["campaign", "42694e9e57", "mailchimp/42694e9e57"],
    ["campaign", "Mailchimp/1", "mailchimp/42694e9e57"],
    ["started", "yesterday", "2026-03-01T10:00Z"],
    ["status", "DONE", "SUCCEEDED"],
    ["workflow", "no such name", "no name of a workflow"],
  ])("says what is wrong with %s = %s", (propertyKey, value, help) => {
    const { filter, wrong } = filterOf([{ propertyKey, operator: "=", value }]);
    expect(filter).toEqual({});
    expect(wrong).toContain(help);
  });
});

describe("the ARN of an execution", () => {
  test.each([
    ["arn:aws:states:eu-central-1:1:execution:email-campaign:spring", "spring"],
    ["arn:aws:states:eu-central-1:1:execution:email-campaign/Label:0a1b", "Label:0a1b"],
    ["arn:aws:states:eu-central-1:1:express:email-campaign/Label:0a:1b", "Label:0a:1b"],
  ])("%s", (arn, name) => {
    expect(executionIn(arn)).toEqual({ workflow: "email-campaign", name });
  });

  test.each(["", "spring", "arn:aws:lambda:eu-central-1:1:function:f", "arn:aws:states:eu-central-1:1:execution:only"])(
    "%j is none",
    (text) => expect(executionIn(text)).toBeNull(),
  );
});

describe("an input that was written", () => {
  test("is an object", () => {
    expect(inputIn('{"a": 1}')).toEqual({ input: { a: 1 }, wrong: null });
  });

  test.each([
    ["{", "no JSON"],
    ["[1]", "JSON object"],
    ["null", "JSON object"],
    [JSON.stringify({ a: "ä".repeat(140_000) }), "262144"],
  ])("%.20s is none", (text, wrong) => {
    expect(inputIn(text).wrong).toContain(wrong);
  });
});
