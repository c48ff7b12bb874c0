import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";

/** Facts with their names; one that is false is not known, or not to the point. */
export function Facts({ facts, columns = 2 }: { facts: readonly (readonly [string, ReactNode])[]; columns?: number }) {
  const items = facts.filter(([, value]) => value !== false).map(([label, value]) => ({ label, value }));
  return <KeyValuePairs columns={columns} minColumnWidth={150} items={items} />;
}
