import { memo, type PointerEvent } from "react";
import type { Layout } from "./layout";
import type { Point } from "./routes";
import type { StateStatus } from "./statuses";
import type { Size, View } from "./view";

const LONGEST = 150;

interface Props {
  readonly layout: Layout;
  readonly statuses: ReadonlyMap<string, StateStatus> | undefined;
  readonly view: View;
  readonly size: Size;
  readonly onCentre: (place: Point) => void;
}

/** All of a large drawing in a corner, and which part of it is seen. Only for pointers: keys walk from state to state. */
export function Minimap({ layout, statuses, view, size, onCentre }: Props) {
  const scale = LONGEST / Math.max(layout.width, layout.height);
  const go = (event: PointerEvent<SVGSVGElement>) => {
    if (event.buttons === 0) return;
    event.stopPropagation();
    const { left, top } = event.currentTarget.getBoundingClientRect();
    onCentre({ x: (event.clientX - left) / scale, y: (event.clientY - top) / scale });
  };
  return (
    <svg
      className="graph-minimap"
      aria-hidden="true"
      width={Math.max(layout.width * scale, 24)}
      height={layout.height * scale}
      viewBox={`0 0 ${Math.max(layout.width, 24 / scale)} ${layout.height}`}
      onPointerDown={go}
      onPointerMove={go}
    >
      <Marks layout={layout} statuses={statuses} />
      <rect
        className="graph-minimap-view"
        x={-view.x / view.scale}
        y={-view.y / view.scale}
        width={size.width / view.scale}
        height={size.height / view.scale}
      />
    </svg>
  );
}

const Marks = memo(function Marks({ layout, statuses }: Pick<Props, "layout" | "statuses">) {
  return [...layout.states.values()].map(({ state, x, y, width, height }) => (
    <rect
      key={state.name}
      className={`graph-mark is-${(statuses?.get(state.name) ?? "PLAIN").toLowerCase()} ${state.flows.length > 0 ? "is-cluster" : ""}`}
      x={x}
      y={y}
      width={width}
      height={height}
    />
  ));
});
