import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { type Line, wrapped } from "./lines";
import { Marked } from "./marked";
import { indexOf } from "./pieces";
import { ROW_HEIGHT } from "./tree";

export interface TextViewProps {
  lines: readonly string[];
  label: string;
  query: string;
  /** Which of the lines with a match is shown, from 0. */
  match: number;
  onMatches: (count: number) => void;
  columns: number;
  height: number;
}

/** A text line by line, long ones wrapped, of which only what is in sight is in the page. */
export function TextView({ lines, label, query, match, onMatches, columns, height }: TextViewProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const digits = String(lines.length).length;
  const cut = useMemo(() => wrapped(lines, Math.max(20, columns - digits - 2)), [lines, columns, digits]);
  const matches = useMemo(() => found(cut, query), [cut, query]);
  const virtual = useVirtualizer({
    count: cut.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  useEffect(() => onMatches(matches.length), [matches, onMatches]);
  const shown = matches[match];
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
        {virtual.getVirtualItems().map((item) => {
          const line = cut[item.index] as Line;
          return (
            <div
              key={item.key}
              className={`payload-line${item.index === shown ? " payload-active" : ""}`}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <span className="payload-number" aria-hidden="true" style={{ width: `${digits}ch` }}>
                {line.number}
              </span>
              <span className="payload-text">
                <Marked text={line.text} query={query} />
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}

function found(lines: readonly Line[], query: string): number[] {
  if (query === "") return [];
  return lines.flatMap((line, index) => (indexOf(line.text, query) >= 0 ? [index] : []));
}
