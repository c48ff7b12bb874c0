/** A choice rule as a person would write its condition. */
import type { JsonObject } from "./definition";

const COMPARISON =
  /^(?:String|Numeric|Timestamp|Boolean)(Equals|LessThanEquals|LessThan|GreaterThanEquals|GreaterThan|Matches)(Path)?$/;
const SIGNS = new Map([
  ["Equals", "="],
  ["LessThan", "<"],
  ["LessThanEquals", "≤"],
  ["GreaterThan", ">"],
  ["GreaterThanEquals", "≥"],
  ["Matches", "like"],
]);
const NOT_COMPARISONS = new Set(["Variable", "Next", "Comment", "Assign", "Output"]);

/** The condition of a rule, of either query language, on one line. */
export function conditionOf(rule: JsonObject): string {
  if ("Condition" in rule) {
    const text = String(rule.Condition).replace(/^\{%/, "").replace(/%\}$/, "");
    return text.replace(/\s+/g, " ").trim();
  }
  return test(rule, false);
}

function test(rule: unknown, nested: boolean): string {
  if (typeof rule !== "object" || rule === null) return "?";
  const fields = rule as JsonObject;
  if ("Not" in fields) return `not ${test(fields.Not, true)}`;
  for (const [name, word] of [
    ["And", " and "],
    ["Or", " or "],
  ] as const) {
    const parts = fields[name];
    if (!Array.isArray(parts)) continue;
    const text = parts.map((part) => test(part, true)).join(word);
    return nested && parts.length > 1 ? `(${text})` : text;
  }
  const variable = typeof fields.Variable === "string" ? fields.Variable : "?";
  const comparison = Object.entries(fields).find(([name]) => !NOT_COMPARISONS.has(name));
  return comparison === undefined ? variable : `${variable} ${describe(...comparison)}`;
}

function describe(name: string, value: unknown): string {
  const match = COMPARISON.exec(name);
  const sign = match?.[1] === undefined ? undefined : SIGNS.get(match[1]);
  if (sign === undefined) {
    // IsPresent, IsNull and so on.
    const words = name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
    return value === true ? words : words.replace(/^is /, "is not ");
  }
  return `${sign} ${match?.[2] === undefined ? JSON.stringify(value) : String(value)}`;
}
