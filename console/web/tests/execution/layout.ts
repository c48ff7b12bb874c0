import { act } from "@testing-library/react";

/** jsdom has no layout: what scrolls is given a height and much to scroll, without which no row is in sight. */
export function giveLayout(scrolling: string, height: number): void {
  const sizes = { clientHeight: height, clientWidth: 800, offsetHeight: 32, scrollHeight: 1_000_000 };
  for (const [name, size] of Object.entries(sizes)) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get(this: HTMLElement) {
        const always = name === "offsetHeight" || name === "clientWidth";
        return always || this.className === scrolling ? size : 0;
      },
    });
  }
  Element.prototype.scrollTo = function scrollTo(this: Element, options?: ScrollToOptions | number) {
    this.scrollTop = typeof options === "object" ? (options.top ?? 0) : 0;
    queueMicrotask(() => act(() => this.dispatchEvent(new Event("scroll"))));
  } as typeof Element.prototype.scrollTo;
}
