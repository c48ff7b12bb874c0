import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

afterEach(cleanup);

/** jsdom has no layout, so no media query holds. */
if (typeof window !== "undefined" && window.matchMedia === undefined) {
  window.matchMedia = (media) =>
    ({ media, matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }) as unknown as MediaQueryList;
}
