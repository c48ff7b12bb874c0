/**
 * How much a browser loads, gzipped, before the overview shows: the page, what it names, and all that these and the
 * overview's own chunk import. `npm run size` after `npm run build`; it fails above the limit.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
  assets?: string[];
}

const LIMIT = 400_000;
const ENTRIES = ["index.html", "src/overview/page.tsx"];
const dist = new URL("dist/", import.meta.url);

const manifest = JSON.parse(read(".vite/manifest.json").toString()) as Record<string, Chunk>;
const files = new Set(["index.html"]);
const seen = new Set<string>();

function read(file: string): Buffer {
  try {
    return readFileSync(new URL(file, dist));
  } catch {
    throw new Error(`dist/${file} is missing. Run: npm run build`);
  }
}

function take(name: string): void {
  if (seen.has(name)) return;
  seen.add(name);
  const chunk = manifest[name];
  if (chunk === undefined) throw new Error(`The build has no ${name}. Does size.ts still name the page's entries?`);
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
  for (const other of chunk.imports ?? []) take(other);
}

ENTRIES.forEach(take);
const sizes = [...files].map((file) => ({ file, bytes: gzipSync(read(file), { level: 9 }).length }));
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
for (const { file, bytes } of sizes.toSorted((one, other) => other.bytes - one.bytes)) {
  process.stdout.write(`${String(bytes).padStart(8)}  ${file}\n`);
}
process.stdout.write(`${String(total).padStart(8)}  bytes gzipped for the first load, of ${LIMIT}\n`);
if (total > LIMIT) {
  process.stderr.write("The first load is too large: load what the overview does not need with its own page.\n");
  process.exitCode = 1;
}
