/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The tests that need a page; the others run without one, which starts much faster. */
const WITH_PAGE = ["tests/**/*.test.tsx", "tests/auth/**/*.test.ts"];

export default defineConfig({
  plugins: [react()],
  // The content security policy allows no data: fonts or scripts, and no inline modules.
  build: {
    target: "es2023",
    // The first that know light-dark(); for older ones it would be replaced by something that needs color-scheme in CSS.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    manifest: true,
  },
  test: {
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: { name: "page", environment: "jsdom", include: WITH_PAGE, setupFiles: ["tests/setup.ts"] },
      },
      {
        extends: true,
        test: { name: "node", environment: "node", include: ["tests/**/*.test.ts"], exclude: WITH_PAGE },
      },
    ],
  },
});
