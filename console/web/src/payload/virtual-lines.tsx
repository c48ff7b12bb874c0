import { useVirtualizer } from "@tanstack/react-virtual";
import { type ComponentProps, useEffect, useRef } from "react";
import { ROW_HEIGHT } from "./tree";

interface VirtualLinesProps<Line> {
  label: string;
  lines: readonly Line[];
  height: number;
  /** The line that is scrolled to. */
  shown?: number | undefined;
  /** How a line is drawn. */
  draw: (line: Line, index: number) => Pick<ComponentProps<"div">, "className" | "title" | "children">;
}

/** Lines of one height, of which only those in sight are in the page. */
export function VirtualLines<Line>({ label, lines, height, shown, draw }: VirtualLinesProps<Line>) {
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  useEffect(() => {
    if (shown !== undefined) virtual.scrollToIndex(shown, { align: "center" });
  }, [shown, virtual]);
  return (
    <section
      ref={scroll}
      className="payload-scroll"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable with the keyboard
      tabIndex={0}
      style={{ height: Math.min(height, virtual.getTotalSize() + 2) }}
    >
      <div className="payload-size" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => (
          <div key={key} style={{ transform: `translateY(${start}px)` }} {...draw(lines[index] as Line, index)} />
        ))}
      </div>
    </section>
  );
}
