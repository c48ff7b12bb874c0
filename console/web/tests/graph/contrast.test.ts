import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { STATUS_TEXT } from "../../src/graph/statuses";

const css = readFileSync(new URL("../../src/graph/graph.css", import.meta.url), "utf8");

function palette(selector: string): Map<string, string> {
  const block = css.split(`\n${selector} {`)[1]?.split("\n}")[0] ?? "";
  return new Map(
    [...block.matchAll(/--graph-([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name ?? "", value ?? ""]),
  );
}

/** Contrast of two colours, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [darker, lighter] = [one, other].map(luminance).sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const statuses = Object.keys(STATUS_TEXT).map((status) => status.toLowerCase());
const text = [
  ["ink", "page"],
  ["ink", "shade"],
  ["dim", "page"],
  ["dim", "shade"],
  ["catch", "page"],
  ["taken", "page"],
  ["failed-ink", "page"],
  ["accent", "page"],
  ["page", "line"],
  ["page", "failed-line"],
  ["page", "caught-line"],
  ["page", "aborted-line"],
  ...statuses.flatMap((status) => [
    [`${status}-ink`, `${status}-fill`],
    ["ink", `${status}-fill`],
    ["dim", `${status}-fill`],
  ]),
] as [string, string][];
const shapes = [["line", "page"], ...statuses.map((status) => [`${status}-line`, "page"])] as [string, string][];

test.each([".graph", ".awsui-dark-mode .graph"])("%s has enough contrast for text (4.5) and shapes (3)", (selector) => {
  const colours = palette(selector);
  const least = (pairs: [string, string][], limit: number) =>
    pairs.flatMap(([one, other]) => {
      const ratio = contrast(colours.get(one) ?? "#000000", colours.get(other) ?? "#000000");
      return ratio < limit ? [`${one} on ${other}: ${ratio.toFixed(2)}`] : [];
    });
  expect([...least(text, 4.5), ...least(shapes, 3)]).toEqual([]);
});
