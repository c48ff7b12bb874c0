export interface EventStep {
  go?: number;
  match?: 1 | -1;
  open?: boolean | "toggle";
  search?: boolean;
}

/** What a key does in the list of events; null where it is none of the list's. */
export function eventStep(
  key: string,
  { row, count, page }: { row: number; count: number; page: number },
): EventStep | null {
  const go = (to: number): EventStep => ({ go: Math.max(0, Math.min(count - 1, to)) });
  switch (key) {
    case "ArrowDown":
      return go(row + 1);
    case "ArrowUp":
      return go(row - 1);
    case "PageDown":
      return go(row + page);
    case "PageUp":
      return go(row - page);
    case "Home":
      return go(0);
    case "End":
      return go(count - 1);
    case "ArrowRight":
      return { open: true };
    case "ArrowLeft":
      return { open: false };
    case "Enter":
    case " ":
      return { open: "toggle" };
    case "n":
      return { match: 1 };
    case "N":
      return { match: -1 };
    case "/":
      return { search: true };
    default:
      return null;
  }
}
