import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { useMemo, useState } from "react";
import { diff, isSame, MOST_VALUES } from "./diff";
import { counted, type DiffLine, folded, linesOf, textLines } from "./diff-lines";
import { parse } from "./json";
import { plain } from "./lines";
import { Marked } from "./marked";
import { VirtualLines } from "./virtual-lines";
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
      <VirtualLines label={label} lines={all ? lines : folded(lines)} height={height} draw={drawn} />
    </div>
  );
}

const MARKS = { same: " ", removed: "−", added: "+", skipped: "⋯" };
const SPOKEN = { same: "", removed: "removed: ", added: "added: ", skipped: "" };
/** Of a line; the whole value is in the view of each side. */
const SHOWN = 1_000;

function drawn(line: DiffLine) {
  return {
    className: `payload-line payload-line-${line.mark}`,
    title: line.text.length > 80 ? line.text.slice(0, SHOWN) : undefined,
    children: (
      <>
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
      </>
    ),
  };
}

function compared(left: string, right: string): DiffLine[] | null {
  const [before, after] = [parse(left).json, parse(right).json];
  if (before === null || after === null) return textLines(plain(left), plain(right));
  const difference = diff(before, after);
  if (difference === null) return null;
  return isSame(difference) ? [] : linesOf(difference, before, after);
}
