import { memo } from "react";
import { captionOf } from "./captions";
import { ICON_COLUMN, type PlacedState } from "./layout";
import type { LintMark } from "./marks";
import { STATUS_SIGN, STATUS_TEXT, type StateStatus, typeSign } from "./statuses";

export interface StateBoxProps {
  readonly placed: PlacedState;
  /** Undefined where a definition is drawn, not an execution. */
  readonly status: StateStatus | undefined;
  /** How often the state was entered. */
  readonly count: number;
  /** Which iteration of a Map state is shown, such as `iteration 3 of 12`. */
  readonly iteration: string;
  readonly lint: readonly LintMark[] | undefined;
  readonly isUntaken: boolean;
  readonly isSelected: boolean;
  /** Whether Tab leads here. */
  readonly isTabStop: boolean;
}

/** The box of a state; of one with states inside, the frame around them. Drawn again only when its own props change. */
export const StateBox = memo(function StateBox(props: StateBoxProps) {
  const { placed, status, isSelected, isTabStop } = props;
  const { state, width, height } = placed;
  const kind = state.flows.length > 0 ? "is-cluster" : "";
  const names = ["graph-state", kind, `is-${(status ?? "PLAIN").toLowerCase()}`, `is-type-${state.type.toLowerCase()}`];
  if (isSelected) names.push("is-selected");
  if (props.isUntaken) names.push("is-untaken");
  return (
    <g
      role="option"
      aria-selected={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      data-state={state.name}
      className={names.filter(Boolean).join(" ")}
      transform={`translate(${placed.x} ${placed.y})`}
    >
      {/* Its accessible name, and what pointing at it says. */}
      <title>{describe(props)}</title>
      <rect className="graph-focus" x={-5} y={-5} width={width + 10} height={height + 10} rx={12} />
      <rect className="graph-box" width={width} height={height} rx={8} />
      {state.flows.length > 0 && <path className="graph-cluster-head" d={headData(width, placed.head)} />}
      <path className="graph-icon" transform="translate(12 13)" d={typeSign(state.type)} />
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus */}
      <g aria-hidden="true">
        <Text {...props} />
        {props.lint && props.lint.length > 0 && <LintSign marks={props.lint} width={width} />}
      </g>
    </g>
  );
});

/** The upper part of a frame, with its two round corners. */
function headData(width: number, height: number): string {
  return `M0 ${height}V8A8 8 0 0 1 8 0H${width - 8}A8 8 0 0 1 ${width} 8V${height}Z`;
}

function Text({ placed, status, count, iteration, isUntaken }: StateBoxProps) {
  const top = 25 + (placed.name.length - 1) * 17;
  const remark = [placed.caption, iteration].filter(Boolean).join(" · ");
  return (
    <>
      {placed.name.map((line, index) => (
        <text key={line} className="graph-name" x={ICON_COLUMN} y={25 + index * 17}>
          {line}
        </text>
      ))}
      <text x={ICON_COLUMN} y={top + 16}>
        {remark}
      </text>
      {status !== undefined && (
        <g className="graph-status" transform={`translate(${ICON_COLUMN} ${top + 24})`}>
          <path className="graph-sign" d={STATUS_SIGN[status]} />
          <text x={18} y={10}>
            {statusText(status, count)}
          </text>
        </g>
      )}
      {isUntaken && (
        <text className="graph-untaken" x={placed.width - 10} y={placed.head - 7}>
          ⊘ never taken
        </text>
      )}
    </>
  );
}

function LintSign({ marks, width }: { marks: readonly LintMark[]; width: number }) {
  const severity = worst(marks);
  return (
    <g className={`graph-lint is-${severity}`} transform={`translate(${width - 14} -10)`}>
      <path className="graph-lint-shape" d="M10 0L21 19H-1Z" />
      <text x={10} y={16}>
        {marks.length > 1 ? marks.length : "!"}
      </text>
    </g>
  );
}

export function statusText(status: StateStatus, count: number): string {
  return count > 1 ? `${STATUS_TEXT[status]} · ${count}×` : STATUS_TEXT[status];
}

function worst(marks: readonly LintMark[]): LintMark["severity"] {
  return (["error", "warning"] as const).find((severity) => marks.some((mark) => mark.severity === severity)) ?? "note";
}

/** What a state is and what has become of it, in one sentence; its comment on a line below. */
function describe({ placed, status, count, iteration, lint, isUntaken }: StateBoxProps): string {
  const { state } = placed;
  const caption = captionOf(state);
  const parts = [state.name, state.type];
  if (caption !== state.type) parts.push(caption);
  if (status !== undefined) parts.push(STATUS_TEXT[status]);
  if (count > 1) parts.push(`entered ${count} times`);
  if (iteration !== "") parts.push(iteration);
  if (isUntaken) parts.push("never taken");
  for (const { severity, message } of lint ?? []) parts.push(`${severity}: ${message}`);
  const { Comment: comment } = state.fields;
  return typeof comment === "string" && comment !== "" ? `${parts.join(", ")}\n${comment}` : parts.join(", ");
}
