import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";

test("the types of the API are those of its OpenAPI document", async () => {
  const document = new URL("../../api/openapi.json", import.meta.url);
  const kept = readFileSync(new URL("../src/api/schema.d.ts", import.meta.url), "utf8");
  const current = astToString(await openapiTS(document));
  expect(kept.endsWith(current), "src/api/schema.d.ts is not current: npm run types").toBe(true);
});
