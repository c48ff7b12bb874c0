import { useEffect, useMemo } from "react";
import { type Line, wrapped } from "./lines";
import { Marked } from "./marked";
import { indexOf } from "./pieces";
import { VirtualLines } from "./virtual-lines";

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
  const digits = String(lines.length).length;
  const cut = useMemo(() => wrapped(lines, Math.max(20, columns - digits - 2)), [lines, columns, digits]);
  const matches = useMemo(() => found(cut, query), [cut, query]);
  useEffect(() => onMatches(matches.length), [matches, onMatches]);
  const shown = matches[match];
  return (
    <VirtualLines
      label={label}
      lines={cut}
      height={height}
      shown={shown}
      draw={(line, index) => ({
        className: `payload-line${index === shown ? " payload-active" : ""}`,
        children: (
          <>
            <span className="payload-number" aria-hidden="true" style={{ width: `${digits}ch` }}>
              {line.number}
            </span>
            <span className="payload-text">
              <Marked text={line.text} query={query} />
            </span>
          </>
        ),
      })}
    />
  );
}

function found(lines: readonly Line[], query: string): number[] {
  if (query === "") return [];
  return lines.flatMap((line, index) => (indexOf(line.text, query) >= 0 ? [index] : []));
}
