/**
 * JSON as it is written.
 *
 * The text is read once into columns of numbers, a node per value in the order of the text; nothing of it is copied or
 * converted before it is shown. So numbers keep every digit, names that come twice are both there, and neither a
 * payload of megabytes nor one with 100,000 brackets inside one another costs more than its length.
 *
 * https://www.rfc-editor.org/rfc/rfc8259
 */

export type Kind = "object" | "array" | "string" | "number" | "literal";
const KINDS: readonly Kind[] = ["object", "array", "string", "number", "literal"];

/** Why a text is no JSON. `line` and `column` count from 1. */
export interface Problem {
  reason: string;
  offset: number;
  line: number;
  column: number;
}

export type Parsed = { json: Json; problem: null } | { json: null; problem: Problem };

/** Reads a text; what is no JSON by RFC 8259 gives the reason and the place. */
export function parse(text: string): Parsed {
  try {
    return { json: new Reading(text).run(), problem: null };
  } catch (error) {
    if (error instanceof NotJson) return { json: null, problem: { reason: error.message, ...at(text, error.offset) } };
    throw error;
  }
}

function at(text: string, offset: number) {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { offset, line, column: offset - before.lastIndexOf("\n") };
}

class NotJson extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** A column of the index, which grows. */
class Column {
  private values = new Int32Array(64);

  get(index: number): number {
    return this.values[index] as number;
  }

  set(index: number, value: number) {
    if (index >= this.values.length) {
      const grown = new Int32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[index] = value;
  }
}

const COLUMNS = [
  "kind",
  "start",
  "end",
  "nameStart",
  "nameEnd",
  "parent",
  "next",
  "depth",
  "count",
  "position",
] as const;
type Columns = Record<(typeof COLUMNS)[number], Column>;

/** A JSON text and where in it each value is. Nodes are numbers from 0, the root, in the order of the text. */
export class Json {
  constructor(
    readonly text: string,
    readonly size: number,
    private readonly columns: Columns,
  ) {}

  kind(node: number): Kind {
    return KINDS[this.columns.kind.get(node)] as Kind;
  }

  /** Whether it holds other values; empty ones do as well. */
  holds(node: number): boolean {
    return this.columns.kind.get(node) < 2;
  }

  parent(node: number): number {
    return this.columns.parent.get(node);
  }

  /** The first node after this one and all that is in it. */
  next(node: number): number {
    return this.columns.next.get(node);
  }

  depth(node: number): number {
    return this.columns.depth.get(node);
  }

  /** How many values are directly in it. */
  count(node: number): number {
    return this.columns.count.get(node);
  }

  /** Its place among its siblings, from 0. */
  position(node: number): number {
    return this.columns.position.get(node);
  }

  /** Its name in an object; null in an array and for the root. */
  name(node: number): string | null {
    const start = this.columns.nameStart.get(node);
    return start < 0 ? null : decoded(this.text.slice(start, this.columns.nameEnd.get(node)));
  }

  /** Exactly as it stands in the text. */
  source(node: number): string {
    return this.text.slice(this.columns.start.get(node), this.columns.end.get(node));
  }

  /** The characters of a string. */
  string(node: number): string {
    return decoded(this.source(node));
  }

  /** A value that holds no others, on one line: a string without needless escapes, everything else as in the text. */
  shown(node: number): string {
    return this.kind(node) === "string" ? literal(this.source(node)) : this.source(node);
  }

  /** The values directly in it. */
  *children(node: number): Iterable<number> {
    const end = this.next(node);
    for (let child = node + 1; child < end; child = this.next(child)) yield child;
  }
}

function decoded(source: string): string {
  return source.includes("\\") ? (JSON.parse(source) as string) : source.slice(1, -1);
}

function literal(source: string): string {
  return source.includes("\\") ? JSON.stringify(JSON.parse(source)) : source;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const HEX = /^[0-9A-Fa-f]{4}$/;

/** One pass over a text, with its own stack: brackets inside brackets take no more than memory. */
class Reading {
  private offset = 0;
  private size = 0;
  private open = -1;
  private readonly columns = Object.fromEntries(COLUMNS.map((name) => [name, new Column()])) as Columns;

  constructor(private readonly text: string) {}

  run(): Json {
    this.value();
    while (this.open >= 0) this.step();
    this.space();
    if (this.offset < this.text.length) throw this.wrong("there is more text after the end of the value");
    return new Json(this.text, this.size, this.columns);
  }

  /** The next value in what is open, or its end. */
  private step() {
    const inObject = this.columns.kind.get(this.open) === 0;
    const count = this.columns.count.get(this.open);
    this.space();
    if (this.char() === (inObject ? "}" : "]")) {
      this.offset += 1;
      this.close();
      return;
    }
    if (count > 0) {
      if (this.char() !== ",") throw this.wrong(`expected , or ${inObject ? "}" : "]"}`);
      this.offset += 1;
      this.space();
    }
    if (inObject) this.named();
    else this.value();
  }

  private close() {
    const node = this.open;
    this.columns.end.set(node, this.offset);
    this.columns.next.set(node, this.size);
    this.open = this.columns.parent.get(node);
  }

  private named() {
    if (this.char() !== '"') throw this.wrong("expected a name in double quotes");
    const start = this.offset;
    this.string();
    const end = this.offset;
    this.space();
    if (this.char() !== ":") throw this.wrong("expected : after the name");
    this.offset += 1;
    this.value(start, end);
  }

  private value(nameStart = -1, nameEnd = -1) {
    this.space();
    const start = this.offset;
    const kind = this.read();
    const node = this.size++;
    const { columns } = this;
    columns.kind.set(node, KINDS.indexOf(kind));
    columns.start.set(node, start);
    columns.end.set(node, this.offset);
    columns.nameStart.set(node, nameStart);
    columns.nameEnd.set(node, nameEnd);
    columns.parent.set(node, this.open);
    columns.next.set(node, this.size);
    columns.count.set(node, 0);
    columns.depth.set(node, this.open < 0 ? 0 : columns.depth.get(this.open) + 1);
    columns.position.set(node, this.open < 0 ? 0 : columns.count.get(this.open));
    if (this.open >= 0) columns.count.set(this.open, columns.count.get(this.open) + 1);
    if (kind === "object" || kind === "array") this.open = node;
  }

  private read(): Kind {
    const char = this.char();
    if (char === "{" || char === "[") {
      this.offset += 1;
      return char === "{" ? "object" : "array";
    }
    if (char === '"') {
      this.string();
      return "string";
    }
    for (const word of ["true", "false", "null"]) {
      if (this.text.startsWith(word, this.offset)) {
        this.offset += word.length;
        return "literal";
      }
    }
    NUMBER.lastIndex = this.offset;
    const number = NUMBER.exec(this.text);
    if (number === null) throw this.wrong("expected a value");
    this.offset += number[0].length;
    return "number";
  }

  private string() {
    const start = this.offset;
    for (this.offset += 1; this.offset < this.text.length; this.offset += 1) {
      const code = this.text.charCodeAt(this.offset);
      if (code === 0x22) {
        this.offset += 1;
        return;
      }
      if (code < 0x20) throw this.wrong("a string holds a control character, such as a line break, unescaped");
      if (code === 0x5c) this.escape();
    }
    throw new NotJson("a string has no end", start);
  }

  /** Leaves the offset at the last character of an escape. */
  private escape() {
    const char = this.text[this.offset + 1] ?? "";
    if (char === "u" && HEX.test(this.text.slice(this.offset + 2, this.offset + 6))) this.offset += 5;
    else if (char !== "" && '"\\/bfnrt'.includes(char)) this.offset += 1;
    else throw this.wrong("a string holds a \\ that escapes nothing");
  }

  private space() {
    for (;;) {
      const code = this.text.charCodeAt(this.offset);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.offset += 1;
    }
  }

  private char(): string | undefined {
    return this.text[this.offset];
  }

  private wrong(reason: string): NotJson {
    const found = this.char();
    if (found === undefined) return new NotJson(`${reason}, but the text ends`, this.offset);
    return new NotJson(reason, this.offset);
  }
}
