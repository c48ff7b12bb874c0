import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Diff, diff, isSame } from "../../src/payload/diff";
import { counted, type DiffLine, folded, linesOf, textLines } from "../../src/payload/diff-lines";
import { type Json, parse } from "../../src/payload/json";
import { runs } from "../../src/payload/myers";

function read(text: string): Json {
  const { json, problem } = parse(text);
  if (json === null) throw new Error(problem.reason);
  return json;
}

function between(left: string, right: string): Diff {
  const found = diff(read(left), read(right));
  if (found === null) throw new Error("too large");
  return found;
}

/** The right side, made of the left one and of what the difference adds. */
function applied(difference: Diff, left: Json, right: Json): unknown {
  switch (difference.kind) {
    case "same":
      return JSON.parse(left.source(difference.left));
    case "added":
    case "replaced":
      return JSON.parse(right.source(difference.right));
    case "removed":
      return undefined;
    case "inside": {
      const parts = difference.parts.filter(({ kind }) => kind !== "removed");
      if (left.kind(difference.left) === "array") return parts.map((part) => applied(part, left, right));
      return Object.fromEntries(
        parts.map((part) => [
          part.kind === "added" ? right.name(part.right) : left.name("left" in part ? part.left : 0),
          applied(part, left, right),
        ]),
      );
    }
  }
}

/** A value and one that came of it by a few changes, or another one. */
const pairs = fc.oneof(
  fc.tuple(fc.jsonValue(), fc.jsonValue()),
  fc
    .tuple(
      fc.array(fc.record({ id: fc.nat(5), name: fc.string({ maxLength: 2 }) })),
      fc.nat(),
      fc.nat(),
      fc.jsonValue(),
    )
    .map(
      ([items, at, count, value]) =>
        [items, items.toSpliced(at % (items.length + 1), count % 3, value as never)] as const,
    ),
  fc
    .tuple(fc.dictionary(fc.string({ maxLength: 2 }), fc.jsonValue()), fc.string({ maxLength: 2 }), fc.jsonValue())
    .map(([object, name, value]) => [object, { ...object, [name]: value }] as const),
);

describe("the difference of two JSON texts", () => {
  test("turns the left one into the right one", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        const [left, right] = values.map((value) => JSON.stringify(value)) as [string, string];
        const [before, after] = [read(left), read(right)];
        expect(applied(between(left, right), before, after)).toEqual(JSON.parse(right));
      }),
      { numRuns: 1_000 },
    );
  });

  test("is none between equal values, whatever the order of names and the space between", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(isSame(between(JSON.stringify(value), JSON.stringify(turned, null, 2)))).toBe(true);
      }),
    );
  });

  test("is there between numbers that are the same only as floats", () => {
    expect(isSame(between("12345678901234567890", "12345678901234567891"))).toBe(false);
  });

  test("is one item where one item was put in at the front", () => {
    const [left, right] = ["[1, 2, 3]", "[0, 1, 2, 3]"];
    expect(counted(linesOf(between(left, right), read(left), read(right)))).toEqual({ added: 1, removed: 0 });
  });

  test("looks into the items of a list that all changed a little", () => {
    const left = '[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]';
    const right = '[{"id": 1, "name": "a", "sent": true}, {"id": 2, "name": "b", "sent": true}]';
    expect(counted(linesOf(between(left, right), read(left), read(right)))).toEqual({ added: 2, removed: 0 });
  });

  test("takes brackets inside one another and large lists in their stride", () => {
    const deep = (inside: string) => "[".repeat(50_000) + inside + "]".repeat(50_000);
    expect(isSame(between(deep("1"), deep("2")))).toBe(false);
    const list = (from: number) => JSON.stringify(Array.from({ length: 50_000 }, (_, index) => index * 2 + from));
    expect(isSame(between(list(0), list(1)))).toBe(false);
  });

  test("is not looked for between texts of more than 400,000 values", () => {
    const large = read(`[${"1,".repeat(200_000)}1]`);
    expect(diff(large, large)).toBeNull();
  });
});

test("the way from one sequence to another keeps only what is the same, and no way is shorter", () => {
  const sequence = fc.array(fc.nat(3), { maxLength: 12 });
  fc.assert(
    fc.property(sequence, sequence, (left, right) => {
      let [l, r, kept] = [0, 0, 0];
      for (const run of runs(left, right)) {
        expect(left.slice(l, l + run.kept)).toEqual(right.slice(r, r + run.kept));
        kept += run.kept;
        l += run.kept + run.removed;
        r += run.kept + run.added;
      }
      expect([l, r]).toEqual([left.length, right.length]);
      expect(kept).toBe(longestCommon(left, right));
    }),
    { numRuns: 1_000 },
  );
});

function longestCommon(left: number[], right: number[]): number {
  const [first, second] = [left[0], right[0]];
  if (first === undefined || second === undefined) return 0;
  let row = new Array<number>(right.length + 1).fill(0);
  for (const item of left) {
    const next = [0];
    right.forEach((other, index) => {
      next.push(item === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
    });
    row = next;
  }
  return row[right.length] ?? 0;
}

describe("the lines of a difference", () => {
  const texts = (lines: DiffLine[]) => lines.map(({ mark, text }) => `${mark} ${text.trim()}`);

  test("show both values of what changed", () => {
    const [left, right] = ['{"status": "pending", "id": 7}', '{"id": 7, "status": "success"}'];
    expect(texts(linesOf(between(left, right), read(left), read(right)))).toEqual([
      "same {",
      'removed "status": "pending"',
      'added "status": "success"',
      'same "id": 7',
      "same }",
    ]);
  });

  test("compare texts that are no JSON line by line", () => {
    expect(texts(textLines(["a", "b", "c"], ["a", "x", "c"]))).toEqual(["same a", "removed b", "added x", "same c"]);
  });

  test("fold what is the same away and count it", () => {
    const numbers = Array.from({ length: 50 }, (_, index) => String(index));
    const lines = folded(textLines(numbers, [...numbers.slice(0, 25), "new", ...numbers.slice(25)]));
    expect(lines.map(({ mark, skipped, text }) => (mark === "skipped" ? skipped : text))).toEqual([
      23,
      "23",
      "24",
      "new",
      "25",
      "26",
      23,
    ]);
  });
});
