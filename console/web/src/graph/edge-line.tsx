import { memo } from "react";
import type { PlacedEdge, PlacedTerminal } from "./layout";
import { type Point, pathData } from "./routes";

export interface EdgeLineProps {
  readonly edge: PlacedEdge;
  readonly isTaken: boolean;
  readonly isUntaken: boolean;
}

/** A transition: its line, the head of the arrow, and what it says. */
export const EdgeLine = memo(function EdgeLine({ edge, isTaken, isUntaken }: EdgeLineProps) {
  const { transition, points, label } = edge;
  const names = ["graph-edge", `is-${transition.kind}`];
  if (isTaken) names.push("is-taken");
  if (isUntaken) names.push("is-untaken");
  const middle = label
    ? { x: label.x + label.width + 8, y: label.y + label.height / 2 }
    : between(points[0], points[1]);
  return (
    <g className={names.join(" ")} data-transition={transition.pointer}>
      <title>{sentence(edge, isUntaken)}</title>
      <path className="graph-line" d={pathData(points)} />
      <path className="graph-head" d={headData(points)} />
      {label && (
        <g className="graph-label" transform={`translate(${label.x} ${label.y})`}>
          <rect className="graph-label-page" width={label.width} height={label.height} rx={4} />
          {label.lines.map((line, index) => (
            <text key={line} x={label.width / 2} y={14 + index * 14}>
              {line}
            </text>
          ))}
        </g>
      )}
      {isUntaken && (
        <text className="graph-untaken" x={middle.x} y={middle.y + 4}>
          ⊘
        </text>
      )}
    </g>
  );
});

function between(one: Point = ORIGIN, other: Point = one): Point {
  return { x: (one.x + other.x) / 2 + 4, y: (one.y + other.y) / 2 };
}

const ORIGIN = { x: 0, y: 0 };

/** An arrow in one sentence, for those who point at it. */
export function sentence({ transition }: PlacedEdge, isUntaken: boolean): string {
  const { kind, source, target, label } = transition;
  const way = `${source ?? "start"} → ${target ?? "end"}`;
  const said = kind === "catch" ? `catches ${label}` : kind === "default" ? "when no rule holds" : label;
  return [said === "" ? way : `${way}: ${said}`, isUntaken ? "never taken" : ""].filter(Boolean).join(", ");
}

/** The head of an arrow that arrives from above, from below, or from the right. */
function headData(points: readonly Point[]): string {
  const [tip, before] = [points.at(-1), points.at(-2)];
  if (tip === undefined || before === undefined) return "";
  const { x, y } = tip;
  if (before.x > x && Math.abs(before.y - y) === 14) return `M${x} ${y}L${x + 8} ${y - 4.5}L${x + 8} ${y + 4.5}Z`;
  const back = before.y < y ? y - 8 : y + 8;
  return `M${x} ${y}L${x - 4.5} ${back}L${x + 4.5} ${back}Z`;
}

/** Where a flow starts or ends. */
export const Terminal = memo(function Terminal({ terminal }: { terminal: PlacedTerminal }) {
  const { kind, isOuter, x, y, width, height } = terminal;
  return (
    <g className={`graph-terminal is-${kind}`} transform={`translate(${x} ${y})`}>
      <rect className="graph-terminal-shape" width={width} height={height} rx={height / 2} />
      {isOuter ? (
        <text x={width / 2} y={height / 2 + 4}>
          {kind === "start" ? "Start" : "End"}
        </text>
      ) : (
        <title>{kind === "start" ? "starts here" : "ends here"}</title>
      )}
    </g>
  );
});
