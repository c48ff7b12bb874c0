/** The drawing as a file of its own. */
import type { Size } from "./view";

const MARGIN = 16;
/** What the style sheet says about shapes and text: a file has no style sheet. */
const PROPERTIES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
];
const TRANSIENT = ".graph-focus";

/** The text of an SVG file of all of the drawing, in the colours in which it is shown now. */
export function svgFile(drawn: SVGGElement, content: Size, background: string): string {
  const copy = drawn.cloneNode(true) as SVGGElement;
  inline(drawn, copy);
  for (const element of copy.querySelectorAll(TRANSIENT)) element.remove();
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    for (const { name } of [...element.attributes]) {
      if (/^(class|role|tabindex|aria-.*|data-.*)$/.test(name)) element.removeAttribute(name);
    }
  }
  copy.setAttribute("transform", `translate(${MARGIN} ${MARGIN})`);
  const [width, height] = [content.width + 2 * MARGIN, content.height + 2 * MARGIN];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  const page = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ width, height, fill: background }))
    page.setAttribute(name, String(value));
  svg.append(page, copy);
  return new XMLSerializer().serializeToString(svg);
}

function inline(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const property of PROPERTIES) {
    const value = style.getPropertyValue(property);
    if (value !== "") to.setAttribute(property, value);
  }
  for (const [index, child] of [...from.children].entries()) {
    const copy = to.children[index];
    if (copy !== undefined) inline(child, copy);
  }
}

/** Have the browser save text as a file. */
export function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
