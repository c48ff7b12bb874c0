import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { subscribe, themeChoice } from "./preferences";

/** Show the page in the theme that was chosen, or the system's, and follow both. */
export function keepTheme(): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => {
    const choice = themeChoice();
    const isDark = choice === "dark" || (choice === "system" && dark.matches);
    applyMode(isDark ? Mode.Dark : Mode.Light);
    document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  };
  apply();
  dark.addEventListener("change", apply);
  subscribe(apply);
}
