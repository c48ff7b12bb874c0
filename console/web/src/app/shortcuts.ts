import { useEffect } from "react";

/** The keyboard shortcuts, as the dialog shows them and as the page does them. */
export const SHORTCUTS: readonly { keys: string; does: string; to?: string }[] = [
  { keys: "g o", does: "Overview", to: "/overview" },
  { keys: "g e", does: "Executions", to: "/executions" },
  { keys: "g f", does: "Failures", to: "/failures" },
  { keys: "g w", does: "Workflows", to: "/workflows" },
  { keys: "/", does: "Put the cursor into the page's filter" },
  { keys: "?", does: "Show the shortcuts" },
];

export type Pressed = { does: "go"; to: string } | { does: "filter" } | { does: "help" } | { does: "nothing" };

/** How long the second key of two may take. */
const PAIR_MS = 1500;

/** What keys mean, one after the other. @returns a function that takes a key and the time in milliseconds */
export function makeReader(): (key: string, at: number) => Pressed {
  let first: number | null = null;
  return (key, at) => {
    const paired = first !== null && at - first <= PAIR_MS;
    first = null;
    if (paired) {
      const to = SHORTCUTS.find((shortcut) => shortcut.keys === `g ${key}`)?.to;
      if (to !== undefined) return { does: "go", to };
    }
    if (key === "g") first = at;
    if (key === "/") return { does: "filter" };
    return key === "?" ? { does: "help" } : { does: "nothing" };
  };
}

/** Whether keys belong to what has the focus: somebody types, or a dialog is open. */
export function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector("[role=dialog]") !== null) return true;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, [role=menu], [role=listbox]") !== null)
  );
}

export function useShortcuts(go: (to: string) => void, help: () => void): void {
  useEffect(() => {
    const read = makeReader();
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTaken(event.target)) return;
      const found = read(event.key, event.timeStamp);
      if (found.does === "go") go(found.to);
      if (found.does === "help") help();
      if (found.does === "filter") {
        const field = document.querySelector<HTMLInputElement>("[data-filter] input");
        if (field === null) return;
        event.preventDefault();
        field.focus();
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [go, help]);
}
