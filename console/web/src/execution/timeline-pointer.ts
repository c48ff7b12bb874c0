import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import type { TimeWindow } from "./use-time-view";

const WIDE = 700;
const LABEL_PIXELS = { wide: 240, narrow: 120 };
/** Of the border, and of a scroll bar beside the rows. */
const ASIDE_PIXELS = 18;

/** How wide the bars may be, and where they begin: as much as is left beside the names. */
export function useSize(): [RefObject<HTMLDivElement | null>, { width: number; left: number }] {
  const frame = useRef<HTMLDivElement>(null);
  const [all, setAll] = useState(WIDE);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setAll(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const left = all < WIDE ? LABEL_PIXELS.narrow : LABEL_PIXELS.wide;
  return [frame, { left, width: Math.max(50, all - left - ASIDE_PIXELS) }];
}

const ZOOM_PER_PIXEL = 0.002;

/** Zooms with the wheel while Ctrl or Cmd is held, and moves sideways with a wheel that does. */
export function useWheelZoom(scroll: RefObject<HTMLElement | null>, window: TimeWindow, left: number): void {
  const latest = useRef({ window, left });
  useEffect(() => {
    latest.current = { window, left };
  });
  useEffect(() => {
    const element = scroll.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      const { window: shown, left: begin } = latest.current;
      const width = element.clientWidth - begin;
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (event.ctrlKey || event.metaKey) {
        const x = event.clientX - element.getBoundingClientRect().left - begin;
        shown.zoom(Math.exp(event.deltaY * ZOOM_PER_PIXEL), Math.min(1, Math.max(0, x / width)));
      } else if (sideways && !shown.fits) {
        shown.pan(event.deltaX / width);
      } else return;
      event.preventDefault();
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [scroll]);
}

const CLICK_PIXELS = 3;

/** Moves what is shown with the pointer; a press that does not move is a click, with its place on the bars. */
export function usePanning(window: TimeWindow, width: number) {
  const [moving, setMoving] = useState(false);
  const latest = useRef({ window, width });
  useEffect(() => {
    latest.current = { window, width };
  });
  const start = (event: PointerEvent, onClick: (x: number) => void): void => {
    const { clientX } = event;
    const x = event.nativeEvent.offsetX;
    let last = clientX;
    let moved = false;
    const ends = new AbortController();
    const { signal } = ends;
    const onMove = (next: globalThis.PointerEvent): void => {
      if (!moved && Math.abs(next.clientX - clientX) <= CLICK_PIXELS) return;
      if (!moved) setMoving(true);
      moved = true;
      latest.current.window.pan((last - next.clientX) / latest.current.width);
      last = next.clientX;
    };
    const onEnd = (): void => {
      ends.abort();
      setMoving(false);
      if (!moved) onClick(x);
    };
    document.addEventListener("pointermove", onMove, { signal });
    document.addEventListener("pointerup", onEnd, { signal });
    document.addEventListener("pointercancel", () => ends.abort(), { signal });
  };
  return { start, moving };
}
