import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from "react";

/** What an action came to. */
export interface Flash {
  type: "success" | "error" | "warning" | "info";
  text: ReactNode;
  header?: string;
  /** A link or button beside it. */
  action?: ReactNode;
}

const Show = createContext<(flash: Flash) => void>(() => undefined);
const Shown = createContext<readonly FlashbarProps.MessageDefinition[]>([]);
const MOST = 5;
let count = 0;

export function FlashProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const show = useCallback((flash: Flash) => {
    count += 1;
    const id = `flash-${count}`;
    const item: FlashbarProps.MessageDefinition = {
      id,
      type: flash.type,
      content: flash.text,
      ...(flash.header === undefined ? {} : { header: flash.header }),
      ...(flash.action === undefined ? {} : { action: flash.action }),
      dismissible: true,
      dismissLabel: "Dismiss this message",
      onDismiss: () => setItems((before) => before.filter((other) => other.id !== id)),
      // An error interrupts a screen reader, everything else waits for it.
      ariaRole: flash.type === "error" ? "alert" : "status",
    };
    setItems((before) => [item, ...before].slice(0, MOST));
  }, []);
  return (
    <Show value={show}>
      <Shown value={items}>{children}</Shown>
    </Show>
  );
}

/** Show what an action came to, on top of the page, until it is dismissed. */
export function useFlash(): (flash: Flash) => void {
  return use(Show);
}

/** Show what a change of the API has done, then go on. */
export function useDone(goOn: () => void): (answer: { done: string }) => void {
  const flash = useFlash();
  return ({ done }) => {
    flash({ type: "success", text: done });
    goOn();
  };
}

export function Flashes() {
  const items = use(Shown);
  return useMemo(() => <Flashbar items={items} stackItems={items.length > 2} />, [items]);
}
