import type { TimelineRow } from "../history/timeline";

export interface TimelineStep {
  row?: number;
  open?: boolean;
  zoom?: number;
  pan?: number;
  fit?: boolean;
  show?: boolean;
}

interface Pressed {
  key: string;
  shiftKey: boolean;
}

/** What a key does in a timeline; null where it is none of its keys. Rows are gone through as in any tree. */
export function timelineStep(
  { key, shiftKey }: Pressed,
  rows: readonly TimelineRow[],
  row: number,
  page: number,
): TimelineStep | null {
  if (shiftKey && key === "ArrowLeft") return { pan: -0.2 };
  if (shiftKey && key === "ArrowRight") return { pan: 0.2 };
  const go = (to: number): TimelineStep => ({ row: Math.max(0, Math.min(rows.length - 1, to)) });
  const step = MOVES[key]?.(row, rows.length, page);
  if (step !== undefined) return go(step);
  const here = rows[row];
  switch (key) {
    case "ArrowRight":
      return here?.isOpen ? go(row + 1) : { open: true };
    case "ArrowLeft":
      return here?.isOpen ? { open: false } : go(around(rows, row));
    case "+":
    case "=":
      return { zoom: 0.5 };
    case "-":
      return { zoom: 2 };
    case "0":
      return { fit: true };
    case " ":
      return { open: !here?.isOpen };
    case "Enter":
      return { show: true };
    default:
      return null;
  }
}

const MOVES: Readonly<Record<string, (row: number, count: number, page: number) => number>> = {
  ArrowDown: (row) => row + 1,
  ArrowUp: (row) => row - 1,
  PageDown: (row, _, page) => row + page,
  PageUp: (row, _, page) => row - page,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** The row that holds another. */
function around(rows: readonly TimelineRow[], row: number): number {
  const level = rows[row]?.level ?? 1;
  for (let index = row - 1; index >= 0; index -= 1) if ((rows[index]?.level ?? 0) < level) return index;
  return row;
}
