import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import { Loading } from "../app/loading";
import { edgeKey } from "../graph/marks";
import { Payload, PayloadDiff } from "../payload";
import type { ExecutionData } from "./data";
import { statesIn } from "./definition";
import { ProblemText } from "./problem-text";
import { type Selection, useSelection } from "./selection";
import { Stands } from "./stands";
import { StateDetails } from "./state-details";
import "./execution.css";

// Loaded with the tabs that show them.
const EventList = lazy(async () => ({ default: (await import("./events")).EventList }));
const Timeline = lazy(async () => ({ default: (await import("./timeline")).Timeline }));
// The layout of graphs comes with it, which the lists of events can do without.
const StateGraph = lazy(async () => ({ default: (await import("../graph/state-graph")).StateGraph }));

export interface ExtraTab {
  id: string;
  label: string;
  content: ReactNode;
}

interface ExecutionViewProps {
  data: ExecutionData;
  /** Comes between where the execution stands and the graph. */
  callbacks?: (onSelect: (state: string) => void) => ReactNode;
  /** Whether `callbacks` show the states that wait for a token. */
  withoutWaits?: boolean;
  /** After those that every execution has. */
  tabs?: readonly ExtraTab[];
}

/** An execution: where it stands, its graph, the state that is selected, its events. Of any source, live or a file. */
export function ExecutionView({ data, callbacks, withoutWaits = false, tabs = [] }: ExecutionViewProps) {
  const { history, definition } = data;
  const selection = useSelection(history);
  const states = useMemo(() => statesIn(definition ?? ""), [definition]);
  const failed = data.error !== null || data.cause !== null;
  return (
    <SpaceBetween size="l">
      {failed && <ProblemText error={data.error} cause={data.cause} label="the execution" />}
      <Stands history={history} states={states} withoutWaits={withoutWaits} onSelect={selection.selectVisit} />
      {callbacks?.(selection.selectState)}
      <div className={selection.state === null ? "execution-main" : "execution-main execution-split"}>
        {definition !== null && <Graph definition={definition} name={data.name ?? "Execution"} selection={selection} />}
        {selection.state !== null && (
          <StateDetails
            key={selection.state}
            history={history}
            name={selection.state}
            state={states.get(selection.state)}
            visits={selection.standing.visits.get(selection.state) ?? []}
            visit={selection.visit}
            onVisit={selection.selectVisit}
            onClose={() => selection.selectState(null)}
          />
        )}
      </div>
      <ExecutionTabs data={data} selection={selection} tabs={tabs} />
    </SpaceBetween>
  );
}

function Graph({ definition, name, selection }: { definition: string; name: string; selection: Selection }) {
  const { statuses, counts, iterations, taken } = selection.standing;
  const edges = useMemo(() => new Set(taken.map(([from, to]) => edgeKey(from, to))), [taken]);
  return (
    <Container header={<Header variant="h2">States</Header>}>
      <Suspense fallback={<Loading />}>
        <StateGraph
          definition={definition}
          label={name}
          statuses={statuses}
          counts={counts}
          selected={selection.state}
          onSelect={selection.selectState}
          iterations={iterations}
          onShowIteration={selection.selectIteration}
          takenEdges={edges}
        />
      </Suspense>
    </Container>
  );
}

function ExecutionTabs({
  data,
  selection,
  tabs,
}: {
  data: ExecutionData;
  selection: Selection;
  tabs: readonly ExtraTab[];
}) {
  const { history } = data;
  const all: ExtraTab[] = [
    {
      id: "timeline",
      label: "Timeline",
      content: (
        <Suspense fallback={<Loading />}>
          <Timeline history={history} visit={selection.visit} onVisit={selection.selectVisit} />
        </Suspense>
      ),
    },
    {
      id: "events",
      label: `Events (${history.events.length.toLocaleString("en")})`,
      content: (
        <Suspense fallback={<Loading />}>
          <EventList
            history={history}
            eventId={selection.event}
            onEvent={selection.selectEvent}
            onVisit={selection.selectVisit}
          />
        </Suspense>
      ),
    },
    { id: "data", label: "Input and output", content: <InAndOut data={data} /> },
    ...tabs,
  ];
  if (data.definition !== null) {
    all.push({
      id: "definition",
      label: "Definition",
      content: <Payload label="Definition of the state machine" text={data.definition} height={600} />,
    });
  }
  const wanted = selection.tab ?? (selection.event === null ? null : "events");
  const active = all.some(({ id }) => id === wanted) ? wanted : all[0]?.id;
  return (
    <Tabs
      variant="container"
      ariaLabel="The execution"
      tabs={all}
      activeTabId={active ?? ""}
      onChange={({ detail }) => selection.selectTab(detail.activeTabId)}
    />
  );
}

function InAndOut({ data: { input, output, status } }: { data: ExecutionData }) {
  return (
    <SpaceBetween size="l">
      <div className="execution-columns">
        <div>
          <h3 className="execution-title">Input</h3>
          {input === null ? <Box>It is not known.</Box> : <Payload label="Input of the execution" text={input} />}
        </div>
        <div>
          <h3 className="execution-title">Output</h3>
          {output === null ? (
            <Box>{status === "RUNNING" ? "There is none while it runs." : "There is none."}</Box>
          ) : (
            <Payload label="Output of the execution" text={output} />
          )}
        </div>
      </div>
      {input !== null && output !== null && (
        <div>
          <h3 className="execution-title">Difference</h3>
          <PayloadDiff label="Input and output of the execution" left={input} right={output} />
        </div>
      )}
    </SpaceBetween>
  );
}
