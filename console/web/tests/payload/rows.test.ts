import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, parse } from "../../src/payload/json";
import { HIDDEN, pieces } from "../../src/payload/pieces";
import { firstOpen, type Place, revealed, search, visible } from "../../src/payload/rows";
import { withoutTokens } from "../../src/payload/token";
import { step } from "../../src/payload/tree-keys";

function read(text: string): Json {
  const { json, problem } = parse(text);
  if (json === null) throw new Error(problem.reason);
  return json;
}

describe("the rows of the tree", () => {
  test("are those of what is open", () => {
    const json = read('{"a": {"b": [1, 2]}, "c": 3}');
    expect(visible(json, new Set(), 80).map(({ node }) => node)).toEqual([0]);
    expect(visible(json, new Set([0]), 80).map(({ node }) => node)).toEqual([0, 1, 5]);
    expect(visible(json, new Set([0, 1, 2]), 80).map(({ node }) => node)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("of an open string are its lines; of JSON in a string, those of that JSON", () => {
    const json = read(JSON.stringify({ cause: '{"errorMessage":"no","trace":[]}', text: "one\ntwo" }));
    expect(visible(json, new Set([0, 1, 2]), 80).map(({ text }) => text)).toEqual([
      null,
      null,
      "{",
      '  "errorMessage": "no",',
      '  "trace": []',
      "}",
      null,
      "one",
      "two",
    ]);
  });

  test("at first are few, however large the payload", () => {
    const wide = read(JSON.stringify({ list: Array.from({ length: 10_000 }, (_, id) => ({ id })), total: 10_000 }));
    expect(visible(wide, firstOpen(wide), 80)).toHaveLength(3);
    const small = read('{"a": {"b": {"c": 1}}}');
    expect(visible(small, firstOpen(small), 80)).toHaveLength(4);
  });

  test("show what was searched for once it is revealed", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = read(JSON.stringify({ value, needle: { here: "Needle" } }));
        for (const node of search(json, "needle")) {
          expect(visible(json, revealed(json, new Set(), node), 80).some((row) => row.node === node)).toBe(true);
        }
        expect(search(json, "NEEDLE").length).toBeGreaterThanOrEqual(2);
      }),
    );
  });

  test("can be reached by arrow keys alone, there and back", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = read(JSON.stringify({ value }));
        let open: ReadonlySet<number> = new Set();
        let active: Place = { node: 0, line: 0 };
        const seen = new Set<number>();
        const press = (key: string) => {
          const rows = visible(json, open, 80);
          const next = step(
            { key, ctrlKey: false, metaKey: false, altKey: false },
            { json, rows, open, active, page: 5 },
          );
          open = next?.open ?? open;
          active = next?.active ?? active;
        };
        for (let turn = 0; turn < json.size * 2; turn += 1) {
          seen.add(active.node);
          press("ArrowRight");
          press("ArrowDown");
        }
        seen.add(active.node);
        press("Home");
        expect(active.node).toBe(0);
        press("ArrowLeft");
        expect(visible(json, open, 80)).toHaveLength(1);
        const containersAndFirst = Array.from({ length: json.size }, (_, node) => node).filter((node) =>
          json.holds(node),
        );
        for (const node of containersAndFirst) expect(seen.has(node) || seen.has(node + 1)).toBe(true);
      }),
    );
  });
});

describe("a text from outside", () => {
  test("loses nothing but what is marked", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ maxLength: 3 }), (text, query) => {
        const back = pieces(text, query).map((piece) =>
          piece.kind === "control" ? String.fromCodePoint(Number.parseInt(piece.text.slice(2), 16)) : piece.text,
        );
        expect(back.join("")).toBe(text);
      }),
    );
  });

  test.each(["\u202e", "\u2066", "\u200f", "\u061c", "\u0000", "\u2028", "\ufeff", "\u{e0041}", "\u200b"])(
    "shows the invisible %j by its number",
    (character) => {
      const number = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
      expect(pieces(`invoice${character}fdp.exe`)).toContainEqual({ kind: "control", text: `U+${number}` });
    },
  );

  test("leaves letters, emoji and line ends as they are", () => {
    const text = "Müller 東京 👩‍🚀\n\tمرحبا";
    expect(pieces(text)).toEqual([{ kind: "text", text }]);
  });

  test("shows a badge where a token was", () => {
    expect(pieces(`token ${HIDDEN}!`).map(({ kind }) => kind)).toEqual(["text", "hidden", "text"]);
  });
});

describe("what may be a task token", () => {
  const token = `AQB4${"aB3/".repeat(40)}==`;

  test("is hidden, the JSON around it stays JSON", () => {
    const event = JSON.stringify({
      parameters: JSON.stringify({ Payload: { token, campaign_id: "c-1", note: "\n" } }),
    });
    const shown = withoutTokens(event);
    expect(shown).not.toContain(token.slice(0, 100));
    expect(JSON.parse(JSON.parse(shown).parameters)).toEqual({
      Payload: { token: HIDDEN, campaign_id: "c-1", note: "\n" },
    });
  });

  test("is not every long text", () => {
    const prose = "the quick brown fox ".repeat(20);
    expect(withoutTokens(prose + "a".repeat(300))).toBe(prose + "a".repeat(300));
  });
});
