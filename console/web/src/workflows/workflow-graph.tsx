import { useMemo, useState } from "react";
import { StateGraph } from "../graph/state-graph";
import { marksOf, untakenIn } from "./reports";
import { useCoverage, useLint } from "./use-reports";

interface WorkflowGraphProps {
  workflow: string;
  definition: string;
  /** Whether the reports are about this definition. */
  checked: boolean;
}

/** The definition drawn, with what the checks say of its states. */
export function WorkflowGraph({ workflow, definition, checked }: WorkflowGraphProps) {
  const [selected, setSelected] = useState<string | null>(null);
  const { data: findings } = useLint(workflow);
  const { data: coverage } = useCoverage(workflow);
  const lint = useMemo(() => (findings ? marksOf(findings) : undefined), [findings]);
  const untaken = useMemo(() => (coverage ? untakenIn(coverage) : undefined), [coverage]);
  return (
    <StateGraph
      definition={definition}
      label={workflow}
      selected={selected}
      onSelect={setSelected}
      lint={checked ? lint : undefined}
      untaken={checked ? untaken : undefined}
    />
  );
}
