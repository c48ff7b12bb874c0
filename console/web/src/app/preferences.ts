import { useSyncExternalStore } from "react";

/** What a person has set, kept in this browser. A browser that keeps nothing forgets it with the tab. */
export type ThemeChoice = "system" | "light" | "dark";

const STORED = "baton.theme";
const CHOICES: readonly string[] = ["system", "light", "dark"] satisfies ThemeChoice[];
const listeners = new Set<() => void>();
let chosen: ThemeChoice | null = null;

export function themeChoice(): ThemeChoice {
  chosen ??= read();
  return chosen;
}

export function chooseTheme(choice: ThemeChoice): void {
  chosen = choice;
  try {
    window.localStorage.setItem(STORED, choice);
  } catch {
    // Storage is switched off or full; the choice holds until the page is left.
  }
  for (const listener of listeners) listener();
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, themeChoice);
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): ThemeChoice {
  try {
    const stored = window.localStorage.getItem(STORED) ?? "";
    return CHOICES.includes(stored) ? (stored as ThemeChoice) : "system";
  } catch {
    return "system";
  }
}
