import { memo } from "react";
import { EdgeLine, Terminal } from "./edge-line";
import type { Layout } from "./layout";
import { edgeKey, type LintMark, type MapIterations } from "./marks";
import { StateBox } from "./state-box";
import type { StateStatus } from "./statuses";

export interface DrawingProps {
  readonly layout: Layout;
  readonly order: readonly string[];
  readonly label: string;
  readonly tabStop: string | undefined;
  readonly selected: string | null;
  readonly statuses: ReadonlyMap<string, StateStatus> | undefined;
  readonly counts: ReadonlyMap<string, number> | undefined;
  readonly iterations: ReadonlyMap<string, MapIterations> | undefined;
  readonly takenEdges: ReadonlySet<string> | undefined;
  readonly untaken: ReadonlySet<string> | undefined;
  readonly lint: ReadonlyMap<string, readonly LintMark[]> | undefined;
}

/** Everything that pans and zooms. Of 500 boxes, a change of one status draws one. */
export const Drawing = memo(function Drawing(props: DrawingProps) {
  const { layout } = props;
  return (
    <>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus */}
      <g aria-hidden="true">
        {layout.branches.map(({ pointer, x, y, width, height }) => (
          <rect key={pointer} className="graph-branch" x={x + 4} y={y + 4} width={width - 8} height={height} rx={6} />
        ))}
        {layout.edges.map((edge) => {
          const { pointer, source, target } = edge.transition;
          const isTaken = props.takenEdges?.has(edgeKey(source, target)) ?? false;
          return (
            <EdgeLine key={pointer} edge={edge} isTaken={isTaken} isUntaken={props.untaken?.has(pointer) ?? false} />
          );
        })}
        {layout.terminals.map((terminal) => (
          <Terminal key={terminal.id} terminal={terminal} />
        ))}
      </g>
      <g role="listbox" aria-label={props.label} aria-orientation="vertical">
        {props.order.map((name) => (
          <StateOf key={name} name={name} {...props} />
        ))}
      </g>
    </>
  );
});

function StateOf({ name, layout, ...props }: { name: string } & DrawingProps) {
  const placed = layout.states.get(name);
  if (placed === undefined) return null;
  return (
    <StateBox
      placed={placed}
      status={props.statuses && (props.statuses.get(name) ?? "NOT_ENTERED")}
      count={props.counts?.get(name) ?? 0}
      iteration={iterationText(props.iterations?.get(name))}
      lint={props.lint?.get(name)}
      isUntaken={props.untaken?.has(placed.state.pointer) ?? false}
      isSelected={name === props.selected}
      isTabStop={name === props.tabStop}
    />
  );
}

export function iterationText(iterations: MapIterations | undefined): string {
  if (iterations === undefined) return "";
  const { shown, statuses } = iterations;
  return statuses.length === 0 ? "no iterations yet" : `iteration ${shown + 1} of ${statuses.length}`;
}
