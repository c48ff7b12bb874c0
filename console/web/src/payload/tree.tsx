import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef } from "react";
import type { Json } from "./json";
import { Marked } from "./marked";
import { indexOf } from "./pieces";
import { opens, type Place, type Row, same, visible } from "./rows";
import { step } from "./tree-keys";

export const ROW_HEIGHT = 24;
/** Of a value on one line; longer ones are cut. */
const SHOWN = 400;

export interface TreeProps {
  json: Json;
  label: string;
  open: ReadonlySet<number>;
  onOpen: (open: ReadonlySet<number>) => void;
  active: Place;
  onActive: (place: Place) => void;
  query: string;
  columns: number;
  height: number;
}

/** The rows of a payload, of which only those in sight are in the page. Arrow keys as in any tree. */
export function Tree({ json, label, open, onOpen, active, onActive, query, columns, height }: TreeProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const id = useId();
  const idOf = ({ node, line }: Place) => `${id}-${node}-${line}`;
  const rows = useMemo(() => visible(json, open, columns), [json, open, columns]);
  const activeRow = useMemo(() => rows.findIndex((row) => same(row, active)), [rows, active]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  useEffect(() => {
    if (activeRow > 0) virtual.scrollToIndex(activeRow, { align: "auto" });
  }, [activeRow, virtual]);

  const toggle = (node: number) => {
    const changed = new Set(open);
    if (!changed.delete(node)) changed.add(node);
    onOpen(changed);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height / ROW_HEIGHT) - 1);
    const next = step(event, { json, rows, open, active, page });
    if (next === null) return;
    event.preventDefault();
    if (next.open !== undefined) onOpen(next.open);
    if (next.active !== undefined) onActive(next.active);
  };
  return (
    <div
      ref={scroll}
      className="payload-scroll"
      role="tree"
      aria-label={label}
      aria-activedescendant={activeRow >= 0 ? idOf(active) : undefined}
      tabIndex={0}
      style={{ height: Math.min(height, virtual.getTotalSize() + 2) }}
      onKeyDown={onKeyDown}
    >
      <div role="none" className="payload-size" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index] as Row;
          return (
            <TreeRow
              key={item.key}
              id={idOf(row)}
              json={json}
              row={row}
              isOpen={open.has(row.node)}
              isActive={same(row, active)}
              query={query}
              top={item.start}
              onClick={() => {
                onActive(row);
                if (row.text === null && opens(json, row.node)) toggle(row.node);
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

interface TreeRowProps {
  id: string;
  json: Json;
  row: Row;
  isOpen: boolean;
  isActive: boolean;
  query: string;
  top: number;
  onClick: () => void;
}

function TreeRow({ id, json, row, isOpen, isActive, query, top, onClick }: TreeRowProps) {
  const { node } = row;
  const depth = json.depth(node) + (row.text === null ? 0 : 1);
  const canOpen = row.text === null && opens(json, node);
  const parent = json.parent(node);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the tree, which has the focus
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names the active row
    <div
      id={id}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isActive}
      aria-expanded={canOpen ? isOpen : undefined}
      aria-setsize={parent < 0 || row.text !== null ? undefined : json.count(parent)}
      aria-posinset={parent < 0 || row.text !== null ? undefined : json.position(node) + 1}
      className={`payload-row${isActive ? " payload-active" : ""}`}
      style={{ "--depth": Math.min(depth, 30), transform: `translateY(${top}px)` } as CSSProperties}
      onClick={onClick}
    >
      <span className="payload-toggle" aria-hidden="true">
        {canOpen ? (isOpen ? "▾" : "▸") : ""}
      </span>
      {row.text === null ? (
        <NodeText json={json} node={node} isOpen={isOpen} query={query} />
      ) : (
        <span className="payload-string">
          <Marked text={row.text} query={query} />
        </span>
      )}
    </div>
  );
}

function NodeText({ json, node, isOpen, query }: { json: Json; node: number; isOpen: boolean; query: string }) {
  const name = json.name(node);
  let label: ReactNode = null;
  if (name !== null) {
    label = (
      <span className="payload-name">
        <Marked text={name} query={query} />
        <span className="payload-mark">: </span>
      </span>
    );
  } else if (json.parent(node) >= 0) {
    label = <span className="payload-mark">{json.position(node)}: </span>;
  }
  return (
    <>
      {label}
      {json.holds(node) ? <Holder json={json} node={node} isOpen={isOpen} /> : <Scalar {...{ json, node, query }} />}
    </>
  );
}

function Holder({ json, node, isOpen }: { json: Json; node: number; isOpen: boolean }) {
  const [open, close] = json.kind(node) === "object" ? ["{", "}"] : ["[", "]"];
  const count = json.count(node);
  if (count === 0) return <span className="payload-mark">{`${open}${close}`}</span>;
  const what = json.kind(node) === "object" ? (count === 1 ? "field" : "fields") : count === 1 ? "item" : "items";
  return (
    <span className="payload-mark">
      {isOpen ? open : `${open}…${close}`}{" "}
      <span className="payload-count">{`${count.toLocaleString("en")} ${what}`}</span>
    </span>
  );
}

function Scalar({ json, node, query }: { json: Json; node: number; query: string }) {
  const shown = json.shown(node);
  const match = query === "" ? -1 : indexOf(shown, query);
  const from = match > SHOWN - 100 ? match - 60 : 0;
  const cut = shown.slice(from, from + SHOWN);
  return (
    <span className={`payload-${json.kind(node)}`}>
      {from > 0 && "…"}
      <Marked text={cut} query={query} />
      {from + SHOWN < shown.length && "…"}
    </span>
  );
}
