/** Which part of a drawing is seen, and how large: drawing coordinates times `scale`, moved by `x`, `y`. */
import type { Box, Point } from "./routes";

export interface View extends Point {
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const MIN_SCALE = 0.05;
export const MAX_SCALE = 4;
/** Text is read with ease down to here. */
const READABLE = 0.85;
const MARGIN = 20;

/** Change the scale so that what is at `point` on the screen stays there. */
export function zoomed(view: View, point: Point, factor: number): View {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, view.scale * factor));
  const by = scale / view.scale;
  return { scale, x: point.x - (point.x - view.x) * by, y: point.y - (point.y - view.y) * by };
}

/** All of the drawing, not enlarged. */
export function fitted(size: Size, content: Size): View {
  const room = { width: size.width - 2 * MARGIN, height: size.height - 2 * MARGIN };
  const scale = clamp(Math.min(room.width / content.width, room.height / content.height), MIN_SCALE, 1);
  return { scale, x: (size.width - content.width * scale) / 2, y: (size.height - content.height * scale) / 2 };
}

/** All of the drawing if it can be read then; its beginning, around `first`, if not. */
export function opening(size: Size, content: Size, first: Point): View {
  const whole = fitted(size, content);
  if (whole.scale >= READABLE || size.width === 0) return whole;
  const scale = clamp((size.width - 2 * MARGIN) / content.width, READABLE, 1);
  const fits = content.width * scale <= size.width;
  const x = fits ? (size.width - content.width * scale) / 2 : size.width / 2 - first.x * scale;
  return { scale, x: fits ? x : clamp(x, size.width - MARGIN - content.width * scale, MARGIN), y: MARGIN };
}

/** Move as little as shows the box. */
export function revealing(view: View, size: Size, box: Box): View {
  const dx = shift(box.x * view.scale + view.x, box.width * view.scale, size.width);
  const dy = shift(box.y * view.scale + view.y, box.height * view.scale, size.height);
  return dx === 0 && dy === 0 ? view : { ...view, x: view.x + dx, y: view.y + dy };
}

function shift(start: number, length: number, room: number): number {
  if (start < MARGIN || length > room - 2 * MARGIN) return start < MARGIN || start > room / 2 ? MARGIN - start : 0;
  return Math.min(0, room - MARGIN - start - length);
}

/** Keep a part of the drawing on the screen. */
export function bounded(view: View, size: Size, content: Size): View {
  const keep = Math.min(
    60,
    (content.width * view.scale) / 2,
    (content.height * view.scale) / 2,
    size.width / 2,
    size.height / 2,
  );
  const x = clamp(view.x, keep - content.width * view.scale, size.width - keep);
  const y = clamp(view.y, keep - content.height * view.scale, size.height - keep);
  return x === view.x && y === view.y ? view : { ...view, x, y };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
