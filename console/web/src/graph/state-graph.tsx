import Alert from "@cloudscape-design/components/alert";
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { type Flow, readDefinition } from "./definition";
import { save, svgFile } from "./download";
import { Drawing, type DrawingProps } from "./drawing";
import "./graph.css";
import { IterationPicker } from "./iteration-picker";
import { layOut, type PlacedState } from "./layout";
import type { LintMark, MapIterations } from "./marks";
import { Minimap } from "./minimap";
import { type Direction, navigationOf } from "./navigation";
import { type Box, middle } from "./routes";
import { StateList } from "./state-list";
import type { StateStatus } from "./statuses";
import { Toolbar, ZOOM_STEP } from "./toolbar";
import { useView } from "./use-view";

export interface StateGraphProps {
  /** The text of an Amazon States Language definition. What can't be drawn is said, not thrown. */
  readonly definition: string;
  /** What the graph is of: its accessible name, and the name of the file it is saved as. */
  readonly label: string;
  /** Without it the definition is drawn, with it an execution: a state that it does not name was not entered. */
  readonly statuses?: ReadonlyMap<string, StateStatus> | undefined;
  /** How often each state was entered; shown from 2. */
  readonly counts?: ReadonlyMap<string, number> | undefined;
  readonly selected?: string | null | undefined;
  /** A state was chosen, or with null none. */
  readonly onSelect?: ((state: string | null) => void) | undefined;
  /** By Map state. */
  readonly iterations?: ReadonlyMap<string, MapIterations> | undefined;
  readonly onShowIteration?: ((state: string, index: number) => void) | undefined;
  /** `edgeKey` of each transition that the execution has taken. */
  readonly takenEdges?: ReadonlySet<string> | undefined;
  /** JSON pointers of the states and transitions that no test takes, as the coverage report has them. */
  readonly untaken?: ReadonlySet<string> | undefined;
  readonly lint?: ReadonlyMap<string, readonly LintMark[]> | undefined;
}

/** The state machine as a graph, and where an execution of it stands. Keep the maps identical while they say the same. */
export function StateGraph(props: StateGraphProps) {
  const reading = useMemo(() => readDefinition(props.definition), [props.definition]);
  if (reading.problems === undefined) return <Graph flow={reading.flow} {...props} />;
  const [first, second, ...others] = reading.problems;
  return (
    <Alert type="error" header="The definition can't be drawn">
      {[first, second].map(
        (problem) =>
          problem && <p key={problem.pointer}>{[problem.pointer, problem.message].filter(Boolean).join(": ")}</p>,
      )}
      {others.length > 0 && <p>and {others.length} more</p>}
    </Alert>
  );
}

/** From this many states on a map helps to find one's way. */
const LARGE = 60;
const DIRECTIONS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);

function Graph({ flow, ...props }: { flow: Flow } & StateGraphProps) {
  const { label, statuses, counts, iterations, takenEdges, untaken, lint, selected = null } = props;
  const [isList, setIsList] = useState(false);
  const withStatus = statuses !== undefined;
  const layout = useMemo(() => layOut(flow, { withStatus }), [flow, withStatus]);
  const { order } = useMemo(() => navigationOf(layout), [layout]);
  const select = (state: string | null) => props.onSelect?.(state);
  const drawing = { layout, order, label, selected, statuses, counts, iterations, takenEdges, untaken, lint };
  return (
    <div className="graph">
      {iterations && props.onShowIteration && (
        <div className="graph-pickers">
          {order.flatMap((state) => {
            const shown = iterations.get(state);
            const onShow = (index: number) => props.onShowIteration?.(state, index);
            return shown ? [<IterationPicker key={state} state={state} iterations={shown} onShow={onShow} />] : [];
          })}
        </div>
      )}
      {isList ? (
        <>
          <Toolbar
            control={NO_CONTROL}
            scale={1}
            isList
            onToggleList={() => setIsList(false)}
            onSave={() => undefined}
          />
          <StateList flow={flow} {...drawing} onSelect={select} />
        </>
      ) : (
        <Canvas {...drawing} onSelect={select} onShowIteration={props.onShowIteration} onList={() => setIsList(true)} />
      )}
    </div>
  );
}

const NO_CONTROL = {
  zoom: () => undefined,
  fit: () => undefined,
  actual: () => undefined,
  reveal: () => undefined,
  centre: () => undefined,
};

interface CanvasProps extends Omit<DrawingProps, "tabStop"> {
  readonly onSelect: (state: string | null) => void;
  readonly onShowIteration: StateGraphProps["onShowIteration"];
  readonly onList: () => void;
}

function Canvas({ onSelect, onShowIteration, onList, ...drawing }: CanvasProps) {
  const { layout, order, iterations, statuses, selected } = drawing;
  const canvas = useRef<HTMLDivElement>(null);
  const drawn = useRef<SVGGElement>(null);
  const first = useMemo(() => middle(layout.terminals.find(({ isOuter }) => isOuter) ?? NOWHERE), [layout]);
  const { view, size, isShown, control, gestures, wasDragged } = useView(canvas, layout, first);
  const [active, setActive] = useState<string | null>(null);
  const tabStop = [active, selected].find((name) => name !== null && layout.states.has(name)) ?? order[0];
  const { step } = useMemo(() => navigationOf(layout), [layout]);

  useEffect(() => {
    const placed = selected === null ? undefined : layout.states.get(selected);
    if (placed && isShown) control.reveal(withSurroundings(placed));
  }, [selected, layout, control, isShown]);

  const focus = (name: string) => {
    const element = drawn.current?.querySelector<SVGGElement>(`[data-state="${CSS.escape(name)}"]`);
    element?.focus({ preventScroll: true });
    const placed = layout.states.get(name);
    if (placed) control.reveal(withSurroundings(placed));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const name = stateAt(event.target);
    if (name === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const shown = iterations?.get(name);
    if (event.shiftKey && shown && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const index = shown.shown + (event.key === "ArrowLeft" ? -1 : 1);
      if (index >= 0 && index < shown.statuses.length) onShowIteration?.(name, index);
    } else if (DIRECTIONS.has(event.key)) focus(step(name, event.key as Direction));
    else if (event.key === "Enter" || event.key === " ") onSelect(name);
    else if (event.key === "Escape" && selected !== null) onSelect(null);
    else if (event.key === "+" || event.key === "=") control.zoom(ZOOM_STEP);
    else if (event.key === "-") control.zoom(1 / ZOOM_STEP);
    else if (event.key === "0") control.fit();
    else if (event.key === "1") control.actual();
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent) => {
    const name = stateAt(event.target);
    if (name !== null && !wasDragged()) onSelect(name);
  };
  const onSave = () => {
    if (drawn.current === null || canvas.current === null) return;
    save(svgFile(drawn.current, layout, getComputedStyle(canvas.current).backgroundColor), `${drawing.label}.svg`);
  };
  return (
    <>
      <Toolbar control={control} scale={view.scale} isList={false} onToggleList={onList} onSave={onSave} />
      <div ref={canvas} className="graph-canvas">
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: the list box in it has a name, and the options in that */}
        <svg
          className="graph-svg"
          onKeyDown={onKeyDown}
          onClick={onClick}
          onFocus={(event) => setActive(stateAt(event.target))}
          {...gestures}
        >
          <g ref={drawn} transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
            <Drawing {...drawing} tabStop={tabStop} />
          </g>
        </svg>
        {layout.states.size >= LARGE && (
          <Minimap layout={layout} statuses={statuses} view={view} size={size} onCentre={control.centre} />
        )}
      </div>
    </>
  );
}

const NOWHERE = { x: 0, y: 0, width: 0, height: 0 };

/** What is to be seen of a state that one goes to: what it says, and what leads there and on from it. */
function withSurroundings({ x, y, width, head }: PlacedState): Box {
  return { x: x - 40, y: y - 70, width: width + 80, height: head + 140 };
}

/** The name of the state that an element is part of. */
function stateAt(target: EventTarget): string | null {
  return target instanceof Element ? (target.closest("[data-state]")?.getAttribute("data-state") ?? null) : null;
}
