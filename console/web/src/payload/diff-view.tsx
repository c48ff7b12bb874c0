import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { diff, isSame, MOST_VALUES } from "./diff";
import { counted, type DiffLine, folded, linesOf, textLines } from "./diff-lines";
import { parse } from "./json";
import { plain } from "./lines";
import { Marked } from "./marked";
import { ROW_HEIGHT } from "./tree";
import "./payload.css";

export interface DiffProps {
  /** What is compared, for who can't see it. */
  label: string;
  left: string;
  right: string;
  height?: number;
}

/** How `right` differs from `left`: by structure where both are JSON, line by line where not. */
export function PayloadDiff({ label, left, right, height = 420 }: DiffProps) {
  const lines = useMemo(() => compared(left, right), [left, right]);
  const [all, setAll] = useState(false);
  if (lines === null) {
    return (
      <StatusIndicator type="warning">
        Too large to compare (more than {MOST_VALUES.toLocaleString("en")} values). Look at each by itself.
      </StatusIndicator>
    );
  }
  const { added, removed } = counted(lines);
  if (added + removed === 0)
    return <StatusIndicator type="info">No difference: the same on both sides.</StatusIndicator>;
  return (
    <div className="payload">
      <div className="payload-bar">
        <span className="payload-sum">
          <span className="payload-is-added">+{added.toLocaleString("en")}</span>{" "}
          <span className="payload-is-removed">−{removed.toLocaleString("en")}</span> lines
        </span>
        <Toggle checked={all} onChange={({ detail }) => setAll(detail.checked)}>
          Show what is the same
        </Toggle>
      </div>
      <DiffLines label={label} lines={all ? lines : folded(lines)} height={height} />
    </div>
  );
}

const MARKS = { same: " ", removed: "−", added: "+", skipped: "⋯" };
const SPOKEN = { same: "", removed: "removed: ", added: "added: ", skipped: "" };
/** Of a line; the whole value is in the view of each side. */
const SHOWN = 1_000;

function DiffLines({ label, lines, height }: { label: string; lines: readonly DiffLine[]; height: number }) {
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
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
          const line = lines[item.index] as DiffLine;
          return (
            <div
              key={item.key}
              className={`payload-line payload-line-${line.mark}`}
              style={{ transform: `translateY(${item.start}px)` }}
              title={line.text.length > 80 ? line.text.slice(0, SHOWN) : undefined}
            >
              <span className="payload-change" aria-hidden="true">
                {MARKS[line.mark]}
              </span>
              <span className="payload-spoken">{SPOKEN[line.mark]}</span>
              <span className="payload-text">
                {line.mark === "skipped" ? (
                  `${line.skipped.toLocaleString("en")} lines are the same`
                ) : (
                  <Marked text={line.text.slice(0, SHOWN)} />
                )}
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}

function compared(left: string, right: string): DiffLine[] | null {
  const [before, after] = [parse(left).json, parse(right).json];
  if (before === null || after === null) return textLines(plain(left), plain(right));
  const difference = diff(before, after);
  if (difference === null) return null;
  return isSame(difference) ? [] : linesOf(difference, before, after);
}
