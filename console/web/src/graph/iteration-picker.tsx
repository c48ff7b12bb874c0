import Button from "@cloudscape-design/components/button";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import { useMemo } from "react";
import type { MapIterations } from "./marks";
import { STATUS_TEXT, type StateStatus } from "./statuses";

interface Props {
  readonly state: string;
  readonly iterations: MapIterations;
  readonly onShow: (index: number) => void;
}

/** Which iteration of a Map state the graph shows. */
export function IterationPicker({ state, iterations, onShow }: Props) {
  const { statuses, shown } = iterations;
  const options = useMemo(() => statuses.map((status, index) => option(index, status)), [statuses]);
  const selected = options[shown] ?? null;
  if (options.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a look and a layout of its own
    <div className="graph-iterations" role="group" aria-label={`Iterations of ${state}`}>
      <span className="graph-iterations-name">{state}</span>
      <Button
        variant="icon"
        iconName="angle-left"
        ariaLabel={`Previous iteration of ${state}`}
        disabled={shown <= 0}
        onClick={() => onShow(shown - 1)}
      />
      <div className="graph-iterations-choice">
        <Select
          ariaLabel={`Iteration of ${state}`}
          options={options}
          selectedOption={selected}
          filteringType={options.length > 10 ? "auto" : "none"}
          filteringPlaceholder="Number or status"
          virtualScroll={options.length > 100}
          onChange={({ detail }) => onShow(Number(detail.selectedOption.value))}
        />
      </div>
      <Button
        variant="icon"
        iconName="angle-right"
        ariaLabel={`Next iteration of ${state}`}
        disabled={shown >= options.length - 1}
        onClick={() => onShow(shown + 1)}
      />
      <span className="graph-iterations-sum">{summary(statuses)}</span>
    </div>
  );
}

/** Iterations count from 1 for people, as the head of the Map state does. */
function option(index: number, status: StateStatus): SelectProps.Option {
  return { value: String(index), label: `Iteration ${index + 1}`, labelTag: STATUS_TEXT[status] };
}

/** How many iterations are how far: `12 iterations: 10 succeeded, 2 failed`. */
export function summary(statuses: readonly StateStatus[]): string {
  const counts = new Map<StateStatus, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${STATUS_TEXT[status].toLowerCase()}`);
  return `${statuses.length} ${statuses.length === 1 ? "iteration" : "iterations"}: ${parts.join(", ")}`;
}
