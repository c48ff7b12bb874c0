import {
  type PointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Box, Point } from "./routes";
import { bounded, fitted, opening, revealing, type Size, type View, zoomed } from "./view";

/** Pixels that a pointer may move while it still clicks. */
const SLOP = 5;

export interface ViewControl {
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
  readonly actual: () => void;
  readonly reveal: (box: Box) => void;
  /** Bring a place of the drawing into the middle. */
  readonly centre: (place: Point) => void;
}

interface Gestures {
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: (event: PointerEvent) => void;
}

/** Pan and zoom of a drawing in the element of `ref`; until somebody does either, it follows the element's size. */
export function useView(ref: RefObject<HTMLElement | null>, content: Size, first: Point) {
  const size = useSize(ref);
  const [chosen, setChosen] = useState<View | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another drawing is another view
  useEffect(() => setChosen(null), [content]);
  const initial = useMemo(() => opening(size, content, first), [size, content, first]);
  const view = chosen ?? initial;
  const latest = useRef({ view, size });
  latest.current = { view, size };

  const change = useCallback(
    (to: (view: View, size: Size) => View) => {
      const { view, size } = latest.current;
      if (size.width === 0) return;
      const next = bounded(to(view, size), size, content);
      if (next === view) return;
      // Several events may come before the next rendering.
      latest.current = { view: next, size };
      setChosen(next);
    },
    [content],
  );
  const control = useMemo<ViewControl>(
    () => ({
      zoom: (factor) => change((view, size) => zoomed(view, centreOf(size), factor)),
      fit: () => change((_, size) => fitted(size, content)),
      actual: () => change((view, size) => zoomed(view, centreOf(size), 1 / view.scale)),
      reveal: (box) => change((view, size) => revealing(view, size, box)),
      centre: ({ x, y }) =>
        change((view, size) => ({
          ...view,
          x: size.width / 2 - x * view.scale,
          y: size.height / 2 - y * view.scale,
        })),
    }),
    [change, content],
  );
  useWheel(ref, change);
  const { gestures, wasDragged } = useGestures(ref, change);
  return { view, size, isShown: size.width > 0, control, gestures, wasDragged };
}

function centreOf(size: Size): Point {
  return { x: size.width / 2, y: size.height / 2 };
}

function useSize(ref: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

type Change = (to: (view: View) => View) => void;

/** The wheel zooms with Ctrl or ⌘ (a pinch on a trackpad says so, too), and alone once the graph has the focus. */
function useWheel(ref: RefObject<HTMLElement | null>, change: Change): void {
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      if (!(event.ctrlKey || event.metaKey || element.contains(document.activeElement))) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const delta = Math.max(-120, Math.min(120, event.deltaY * lines));
      change((view) => zoomed(view, placeIn(element, event), Math.exp(-delta * (event.ctrlKey ? 0.008 : 0.002))));
    };
    // React listens passively, and then the page would scroll as well.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [ref, change]);
}

function placeIn(element: Element, event: { clientX: number; clientY: number }): Point {
  const { left, top } = element.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

/** One pointer drags the drawing, two pinch it. */
function useGestures(ref: RefObject<HTMLElement | null>, change: Change) {
  const pointers = useRef(new Map<number, Point>());
  const travelled = useRef(0);
  const gestures = useMemo<Gestures>(() => {
    const end = (event: PointerEvent) => {
      pointers.current.delete(event.pointerId);
    };
    return {
      onPointerDown: (event) => {
        if (event.button !== 0 || ref.current === null) return;
        if (pointers.current.size === 0) travelled.current = 0;
        pointers.current.set(event.pointerId, placeIn(ref.current, event));
      },
      onPointerMove: (event) => {
        const before = pointers.current.get(event.pointerId);
        if (before === undefined || ref.current === null) return;
        const now = placeIn(ref.current, event);
        const moved = Math.hypot(now.x - before.x, now.y - before.y);
        if (travelled.current + moved < SLOP) return;
        travelled.current += moved;
        // Only now: a captured pointer's click would go to the canvas, not to the state under it.
        event.currentTarget.setPointerCapture(event.pointerId);
        const [other] = [...pointers.current].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
        pointers.current.set(event.pointerId, now);
        change((view) => (other === undefined ? dragged(view, before, now) : pinched(view, other, before, now)));
      },
      onPointerUp: end,
      onPointerCancel: end,
    };
  }, [ref, change]);
  const wasDragged = useCallback(() => travelled.current >= SLOP, []);
  return { gestures, wasDragged };
}

function dragged(view: View, before: Point, now: Point): View {
  return { ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y };
}

function pinched(view: View, other: Point, before: Point, now: Point): View {
  const [was, is] = [before, now].map(({ x, y }) => Math.max(1, Math.hypot(x - other.x, y - other.y)));
  const half = { x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 };
  const middle = { x: (before.x + other.x) / 2 + half.x, y: (before.y + other.y) / 2 + half.y };
  const moved = { ...view, x: view.x + half.x, y: view.y + half.y };
  return zoomed(moved, middle, (is ?? 1) / (was ?? 1));
}
