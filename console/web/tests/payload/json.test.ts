import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, parse } from "../../src/payload/json";
import { formatted, wrapped } from "../../src/payload/lines";
import { path } from "../../src/payload/path";

/** The value that a node stands for, by way of the index alone. */
function plainValue(json: Json, node = 0): unknown {
  if (json.kind(node) === "array") return Array.from(json.children(node), (child) => plainValue(json, child));
  if (json.kind(node) === "object") {
    return Object.fromEntries(Array.from(json.children(node), (child) => [json.name(child), plainValue(json, child)]));
  }
  return json.kind(node) === "string" ? json.string(node) : JSON.parse(json.source(node));
}

function read(text: string): Json {
  const { json, problem } = parse(text);
  if (json === null) throw new Error(`${problem.reason} at ${problem.offset}`);
  return json;
}

function accepted(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("reading JSON", () => {
  test("gives every value that JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 3 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(plainValue(read(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("takes exactly the texts that JSON.parse takes", () => {
    const alphabet = fc.constantFrom(...'{}[]",:\\u01eE+-. \ntruefalsnl/x\u0001');
    const broken = fc.tuple(fc.json(), fc.nat(), alphabet).map(([text, at, char]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + char + text.slice(place + 1);
    });
    fc.assert(
      fc.property(
        fc.oneof(
          broken,
          fc.array(alphabet).map((chars) => chars.join("")),
        ),
        (text) => {
          expect(parse(text).problem === null).toBe(accepted(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("keeps each digit of a number", () => {
    const json = read('{"id": 12345678901234567890, "rate": 0.1000, "big": 1E400, "zero": -0}');
    expect(Array.from(json.children(0), (node) => json.shown(node))).toEqual([
      "12345678901234567890",
      "0.1000",
      "1E400",
      "-0",
    ]);
  });

  test("keeps a name that comes twice, twice", () => {
    const json = read('{"role": "viewer", "role": "operator"}');
    expect(Array.from(json.children(0), (node) => json.string(node))).toEqual(["viewer", "operator"]);
  });

  test("takes no more than memory for 100,000 brackets inside one another", () => {
    const deep = read("[".repeat(100_000) + "]".repeat(100_000));
    expect(deep.depth(deep.size - 1)).toBe(99_999);
    expect(formatted(deep)).toHaveLength(199_999);
    expect(parse("[".repeat(100_000)).problem?.reason).toContain("the text ends");
  });

  test.each([
    ["", "expected a value, but the text ends", 1, 1],
    ['{"a": 1,}', "expected a name in double quotes", 1, 9],
    ['{\n  "a": 1\n  "b": 2\n}', "expected , or }", 3, 3],
    ["[1 2]", "expected , or ]", 1, 4],
    ["{'a': 1}", "expected a name in double quotes", 1, 2],
    ['{"a" 1}', "expected : after the name", 1, 6],
    ["[NaN]", "expected a value", 1, 2],
    ["{} {}", "there is more text after the end of the value", 1, 4],
    ['["open', "a string has no end", 1, 2],
    ['["a\nb"]', "a string holds a control character, such as a line break, unescaped", 1, 4],
    ['["\\x"]', "a string holds a \\ that escapes nothing", 1, 3],
  ])("says what is wrong with %j and where", (text, reason, line, column) => {
    expect(parse(text).problem).toMatchObject({ reason, line, column });
  });
});

describe("formatted JSON", () => {
  test("is what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // Not -0, whose sign JSON.stringify drops, and not the names that it sorts.
        const text = JSON.stringify(value, null, 2);
        expect(formatted(read(text)).join("\n")).toBe(text);
      }),
    );
  });

  test("writes numbers and letters as they are", () => {
    expect(formatted(read('{"id":12345678901234567890,"name":"M\\u00fcller"}'))).toEqual([
      "{",
      '  "id": 12345678901234567890,',
      '  "name": "Müller"',
      "}",
    ]);
  });

  test("is wrapped without losing or splitting a character", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 200 })),
        fc.integer({ min: 1, max: 40 }),
        (lines, columns) => {
          const cut = wrapped(lines, columns);
          expect(cut.map(({ text }) => text).join("")).toBe(lines.join(""));
          expect(cut.filter(({ number }) => number !== null)).toHaveLength(lines.length);
          expect(cut.every(({ text }) => !/\p{Surrogate}/u.test(text))).toBe(true);
        },
      ),
    );
  });
});

test("wrapped text is never cut in what is shown as one thing", () => {
  const hidden = "[hidden: may be a task token]";
  expect(wrapped([`"token": "${hidden}", "vendor": "brevo"`], 29).map(({ text }) => text)).toEqual([
    '"token": "',
    hidden,
    '", "vendor": "brevo"',
  ]);
});

test.each([
  ['{"detail": {"items": [{"id": 7}]}}', 4, "$.detail.items[0].id", "$states.input.detail.items[0].id"],
  ['{"a b": 1}', 1, "$['a b']", "$states.input.`a b`"],
  ['{"it\'s": 1}', 1, "$['it\\'s']", "$states.input.`it's`"],
  ['{"and": 1}', 1, "$.and", "$states.input.`and`"],
  ['{"a`b": 1}', 1, "$['a`b']", '$states.input.$lookup($, "a`b")'],
  ["[[1, 2]]", 3, "$[0][1]", "$states.input[0][1]"],
])("the path in %s to node %d is %s in JSONPath, %s in JSONata", (text, node, jsonPath, jsonata) => {
  const json = read(text);
  expect(path(json, node, "JSONPath")).toBe(jsonPath);
  expect(path(json, node, "JSONata", "$states.input")).toBe(jsonata);
});
