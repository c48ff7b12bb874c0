import type { Json } from "./json";

export type PathLanguage = "JSONPath" | "JSONata";

const JSONATA_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const JSONATA_WORDS = new Set(["and", "or", "in", "true", "false", "null", "function"]);
const JSONPATH_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The path of a node in the language of the state machine.
 *
 * `root` is what the payload is called where the path is used: `$` in JSONPath, `$states.input` in JSONata.
 */
export function path(json: Json, node: number, language: PathLanguage, root = "$"): string {
  const steps: string[] = [];
  for (let at = node; json.parent(at) >= 0; at = json.parent(at)) {
    const name = json.name(at);
    if (name === null) steps.push(`[${json.position(at)}]`);
    else steps.push(language === "JSONPath" ? jsonPathStep(name) : jsonataStep(name));
  }
  return root + steps.reverse().join("");
}

function jsonPathStep(name: string): string {
  if (JSONPATH_NAME.test(name)) return `.${name}`;
  return `['${name.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
}

/** JSONata has no escape inside its backquotes: a name with one is looked up instead. */
function jsonataStep(name: string): string {
  if (JSONATA_NAME.test(name) && !JSONATA_WORDS.has(name)) return `.${name}`;
  return name.includes("`") ? `.$lookup($, ${JSON.stringify(name)})` : `.\`${name}\``;
}
