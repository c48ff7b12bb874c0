import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** How many characters of its font fit into a line of an element: the ref of the element, that of a text in it, and how many. */
export function useColumns(
  sample: string,
  margin: number,
): [RefObject<HTMLDivElement | null>, RefObject<HTMLSpanElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const text = useRef<HTMLSpanElement>(null);
  const [columns, setColumns] = useState(100);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => {
      const width = (text.current?.getBoundingClientRect().width ?? 0) / sample.length;
      if (width > 0) setColumns(Math.max(20, Math.floor((element.clientWidth - margin) / width)));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [sample, margin]);
  return [box, text, columns];
}
