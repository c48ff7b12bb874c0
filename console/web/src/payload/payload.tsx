import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useDeferredValue, useMemo, useState } from "react";
import { type Json, type Problem, parse } from "./json";
import { formatted, plain } from "./lines";
import { Marked } from "./marked";
import { path } from "./path";
import { firstOpen, type Place, revealed, search } from "./rows";
import { TextView } from "./text-view";
import { Tree } from "./tree";
import { useColumns } from "./use-columns";
import "./payload.css";

export interface Roots {
  jsonPath: string;
  jsonata: string;
}

export interface PayloadProps {
  /** What it is, for who can't see it: "Input of AwaitStatus". */
  label: string;
  text: string;
  /** What the payload is called in JSONPath and in JSONata, where that is not `$`. */
  roots?: Roots;
  /** Pixels; what is longer scrolls. */
  height?: number;
}

type View = "tree" | "formatted" | "raw";
const SAMPLE = "0".repeat(10);

/** A payload: a tree to look into, or the text itself. Whatever is in it is data and stays that. */
export function Payload({ label, text, roots = { jsonPath: "$", jsonata: "$" }, height = 420 }: PayloadProps) {
  const { json, problem } = useMemo(() => parse(text), [text]);
  const [chosen, setView] = useState<View>("tree");
  const view = json === null ? "raw" : chosen;
  const [box, sample, columns] = useColumns(SAMPLE, 48);
  const lines = useMemo(
    () => (json !== null && view === "formatted" ? formatted(json) : plain(text)),
    [json, text, view],
  );
  const tree = useTree(json);
  const found = useSearch(json, view, tree);
  return (
    <div className="payload" ref={box}>
      <span className="payload-sample" ref={sample} aria-hidden="true">
        {SAMPLE}
      </span>
      <div className="payload-bar">
        {json !== null && <Views view={view} onView={setView} />}
        <SearchBox label={label} search={found} />
        <CopyToClipboard
          variant="icon"
          copyButtonAriaLabel={`Copy all of it: ${label}`}
          copySuccessText="Copied"
          copyErrorText={NOT_COPIED}
          textToCopy={text}
        />
      </div>
      {problem !== null && <NotJson text={text} problem={problem} />}
      {json !== null && view === "tree" ? (
        <>
          <Tree {...{ json, label, columns, height }} {...tree} query={found.query} />
          <Selected json={json} node={tree.active.node} label={label} roots={roots} />
        </>
      ) : (
        <TextView
          {...{ lines, label, columns, height }}
          query={found.query}
          match={found.match}
          onMatches={found.onLineMatches}
        />
      )}
    </div>
  );
}

function NotJson({ text, problem }: { text: string; problem: Problem }) {
  if (text === "") return <StatusIndicator type="info">Empty: no text at all.</StatusIndicator>;
  return (
    <StatusIndicator type="warning">
      Not JSON, so shown as text: {problem.reason} (line {problem.line}, column {problem.column}).
    </StatusIndicator>
  );
}

function Views({ view, onView }: { view: View; onView: (view: View) => void }) {
  return (
    <SegmentedControl
      label="View"
      selectedId={view}
      onChange={({ detail }) => onView(detail.selectedId as View)}
      options={[
        { id: "tree", text: "Tree" },
        { id: "formatted", text: "Formatted" },
        { id: "raw", text: "Raw" },
      ]}
    />
  );
}

interface TreeStanding {
  open: ReadonlySet<number>;
  active: Place;
  onOpen: (open: ReadonlySet<number>) => void;
  onActive: (active: Place) => void;
  reveal: (node: number) => void;
}

const ROOT: Place = { node: 0, line: 0 };

/** What is open and which row is active; another text begins anew. */
function useTree(json: Json | null): TreeStanding {
  const begin = useMemo(
    () => ({ json, open: json === null ? new Set<number>() : firstOpen(json), active: ROOT }),
    [json],
  );
  const [kept, keep] = useState<{ json: Json | null; open: ReadonlySet<number>; active: Place }>(begin);
  const standing = kept.json === json ? kept : begin;
  return {
    open: standing.open,
    active: standing.active,
    // Both can come from one key.
    onOpen: (open) => keep((now) => ({ ...(now.json === json ? now : begin), open })),
    onActive: (active) => keep((now) => ({ ...(now.json === json ? now : begin), active })),
    reveal: (node) => {
      if (json !== null) keep({ json, open: revealed(json, standing.open, node), active: { node, line: 0 } });
    },
  };
}

interface Search {
  typed: string;
  query: string;
  match: number;
  matches: number;
  onType: (typed: string) => void;
  onLineMatches: (count: number) => void;
  onGo: (by: number) => void;
}

function useSearch(json: Json | null, view: View, tree: TreeStanding): Search {
  const [typed, setTyped] = useState("");
  const [match, setMatch] = useState(-1);
  const [lineMatches, setLineMatches] = useState(0);
  const query = useDeferredValue(typed);
  const nodes = useMemo(() => (json === null || view !== "tree" ? null : search(json, query)), [json, query, view]);
  const matches = nodes === null ? lineMatches : nodes.length;
  return {
    typed,
    query,
    match: Math.min(match, matches - 1),
    matches,
    onType: (text) => {
      setTyped(text);
      setMatch(-1);
    },
    onLineMatches: setLineMatches,
    onGo: (by) => {
      if (matches === 0) return;
      const next = match < 0 && by < 0 ? matches - 1 : (Math.min(match, matches - 1) + by + matches) % matches;
      setMatch(next);
      const node = nodes?.[next];
      if (node !== undefined) tree.reveal(node);
    },
  };
}

function SearchBox({
  label,
  search: { typed, query, match, matches, onType, onGo },
}: {
  label: string;
  search: Search;
}) {
  const count = matches.toLocaleString("en");
  const counted = match < 0 ? `${count} found` : `${(match + 1).toLocaleString("en")} of ${count}`;
  return (
    <div className="payload-search">
      <Input
        type="search"
        ariaLabel={`Search in: ${label}`}
        placeholder="Search"
        clearAriaLabel="Clear the search"
        value={typed}
        onChange={({ detail }) => onType(detail.value)}
        onKeyDown={({ detail }) => {
          if (detail.key === "Enter") onGo(detail.shiftKey ? -1 : 1);
        }}
      />
      {query !== "" && (
        <span className="payload-found">
          <span role="status">{counted}</span>
          <Button
            variant="icon"
            iconName="angle-up"
            ariaLabel="Previous"
            disabled={matches === 0}
            onClick={() => onGo(-1)}
          />
          <Button
            variant="icon"
            iconName="angle-down"
            ariaLabel="Next"
            disabled={matches === 0}
            onClick={() => onGo(1)}
          />
        </span>
      )}
    </div>
  );
}

const NOT_COPIED = "The browser did not allow it: select the text and copy it";

/** The path of the active row, and what of it can be copied. */
function Selected({ json, node, label, roots }: { json: Json; node: number; label: string; roots: Roots }) {
  const [copied, setCopied] = useState({ node, told: "" });
  const jsonPath = path(json, node, "JSONPath", roots.jsonPath);
  const copy = async (what: string) => {
    try {
      await navigator.clipboard.writeText(what === "value" ? copiedValue(json, node) : textOf(what, json, node, roots));
      setCopied({ node, told: "Copied" });
    } catch {
      setCopied({ node, told: NOT_COPIED });
    }
  };
  return (
    <div className="payload-selected">
      <code className="payload-path" title={jsonPath}>
        <Marked text={jsonPath.length > 300 ? `${jsonPath.slice(0, 300)}…` : jsonPath} />
      </code>
      <span role="status">{copied.node === node && copied.told}</span>
      <ButtonDropdown
        variant="normal"
        expandToViewport
        ariaLabel={`Copy of the selected value: ${label}`}
        items={[
          { id: "value", text: "Value" },
          { id: "JSONPath", text: "Path in JSONPath", secondaryText: shortened(jsonPath) },
          { id: "JSONata", text: "Path in JSONata", secondaryText: shortened(textOf("JSONata", json, node, roots)) },
        ]}
        onItemClick={({ detail }) => copy(detail.id)}
      >
        Copy
      </ButtonDropdown>
    </div>
  );
}

function copiedValue(json: Json, node: number): string {
  return json.kind(node) === "string" ? json.string(node) : json.source(node);
}

function textOf(language: string, json: Json, node: number, roots: Roots): string {
  if (language === "JSONata") return path(json, node, "JSONata", roots.jsonata);
  return path(json, node, "JSONPath", roots.jsonPath);
}

function shortened(text: string): string {
  return text.length > 60 ? `…${text.slice(-59)}` : text;
}
