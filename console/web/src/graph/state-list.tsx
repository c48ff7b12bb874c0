import { captionOf } from "./captions";
import type { Flow, State, Transition } from "./definition";
import { iterationText } from "./drawing";
import type { LintMark, MapIterations } from "./marks";
import { statusText } from "./state-box";
import type { StateStatus } from "./statuses";

interface Props {
  readonly flow: Flow;
  readonly label: string;
  readonly statuses: ReadonlyMap<string, StateStatus> | undefined;
  readonly counts: ReadonlyMap<string, number> | undefined;
  readonly iterations: ReadonlyMap<string, MapIterations> | undefined;
  readonly untaken: ReadonlySet<string> | undefined;
  readonly lint: ReadonlyMap<string, readonly LintMark[]> | undefined;
  readonly selected: string | null;
  readonly onSelect: (state: string) => void;
}

/** The same as the graph, as text: each state, what has become of it, and where it leads. */
export function StateList({ label, ...props }: Props) {
  return (
    <section className="graph-list" aria-label={label}>
      <FlowList {...props} />
    </section>
  );
}

function FlowList({ flow, ...props }: Omit<Props, "label">) {
  return (
    <>
      <p>Starts at {flow.start.target}.</p>
      <ol>
        {[...flow.states.values()].map((state) => (
          <li key={state.name}>
            <Item state={state} {...props} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Item({ state, ...props }: { state: State } & Omit<Props, "flow" | "label">) {
  const { name, pointer, transitions } = state;
  const status = props.statuses && (props.statuses.get(name) ?? "NOT_ENTERED");
  const facts = [
    state.type,
    captionOf(state),
    status && statusText(status, props.counts?.get(name) ?? 0),
    iterationText(props.iterations?.get(name)),
    props.untaken?.has(pointer) ? "never taken" : "",
    ...(props.lint?.get(name) ?? []).map(({ severity, message }) => `${severity}: ${message}`),
  ];
  return (
    <>
      <button type="button" aria-pressed={name === props.selected} onClick={() => props.onSelect(name)}>
        {name}
      </button>{" "}
      <span>{[...new Set(facts.filter(Boolean))].join(", ")}</span>
      <ul>
        {transitions.map((transition) => (
          <li key={transition.pointer}>{wayOn(transition, props.untaken?.has(transition.pointer) ?? false)}</li>
        ))}
      </ul>
      {state.flows.map((inner, index) => (
        <div key={inner.pointer} className="graph-list-inner">
          <p>{state.type === "Parallel" ? `Branch ${index + 1} of ${state.flows.length}` : "For each item"}</p>
          <FlowList flow={inner} {...props} />
        </div>
      ))}
    </>
  );
}

function wayOn({ kind, target, label }: Transition, isUntaken: boolean): string {
  const way = target === null ? "ends here" : `to ${target}`;
  const when = { choice: `if ${label}: `, default: "otherwise: ", catch: `on ${label}: ` }[kind as string] ?? "";
  return `${when}${way}${isUntaken ? " (never taken)" : ""}`;
}
