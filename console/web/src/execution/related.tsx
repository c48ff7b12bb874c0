import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useInfiniteQuery } from "@tanstack/react-query";
import { answer, api, type Schema } from "../api/client";
import { keys } from "../api/queries";
import { ErrorPanel } from "../app/error-panel";
import { PageLink } from "../app/link";
import { Loading } from "../app/loading";
import { executionPath } from "../app/paths";
import { Status } from "../app/status";
import { Duration, Time } from "../app/time";

type Execution = Schema["Execution"];

/** The executions around this one: who started it, what it started, its Map Runs with their children. */
export function Related({ execution }: { execution: Execution }) {
  const { parent, map_run, children, workflow } = execution;
  return (
    <SpaceBetween size="l">
      {parent !== null && (
        <div>
          <h3 className="execution-title">{map_run === null ? "Started by" : "Child of a Map Run of"}</h3>
          <Relative relative={parent} />
        </div>
      )}
      {children.length > 0 && (
        <div>
          <h3 className="execution-title">Has started</h3>
          <ul className="execution-list">
            {children.map((child) => (
              <li key={child.arn}>
                <Relative relative={child} /> by {child.state}
              </li>
            ))}
          </ul>
        </div>
      )}
      {map_run === null && <MapRuns workflow={workflow} name={execution.name} />}
    </SpaceBetween>
  );
}

function Relative({ relative: { arn, workflow, name } }: { relative: Schema["Relative"] }) {
  if (workflow === null || name === null) return <code className="execution-code">{arn}</code>;
  return <PageLink to={executionPath(workflow, name)}>{`${workflow} ${name}`}</PageLink>;
}

function MapRuns({ workflow, name }: { workflow: string; name: string }) {
  const query = useInfiniteQuery({
    queryKey: [...keys.execution(workflow, name), "map-runs"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: after }) =>
      answer(
        api.GET("/workflows/{workflow}/executions/{name}/map-runs", {
          params: { path: { workflow, name }, query: after === undefined ? {} : { after } },
        }),
      ),
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  if (query.isPending) return <Loading lines={2} />;
  if (query.isError) {
    return (
      <ErrorPanel error={query.error} what="The Map Runs could not be listed" retry={() => void query.refetch()} />
    );
  }
  const runs = query.data.pages.flatMap(({ map_runs }) => map_runs);
  if (runs.length === 0) return <Box color="text-body-secondary">It has no Map Runs.</Box>;
  return (
    <div>
      <h3 className="execution-title">Map Runs</h3>
      {runs.map((run) => (
        <ExpandableSection key={run.name} variant="footer" headerText={<RunHead run={run} />}>
          <Children run={run} />
        </ExpandableSection>
      ))}
      <More query={query} />
    </div>
  );
}

function RunHead({ run }: { run: Schema["MapRun"] }) {
  const { succeeded, failed, total } = run.items;
  return (
    <span className="execution-attempt">
      {run.label} <Status status={run.status} />
      <Duration from={run.started_at} to={run.ended_at} />
      <span>
        {succeeded.toLocaleString("en")} of {total.toLocaleString("en")} items succeeded
        {failed > 0 && `, ${failed.toLocaleString("en")} failed`}
      </span>
    </span>
  );
}

type Child = Schema["MapRunChild"];

function Children({ run: { workflow, name } }: { run: Schema["MapRun"] }) {
  const query = useInfiniteQuery({
    queryKey: ["map-run", workflow, name],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: after }) =>
      answer(
        api.GET("/workflows/{workflow}/map-runs/{map_run}/executions", {
          params: { path: { workflow, map_run: name }, query: after === undefined ? {} : { after } },
        }),
      ),
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  if (query.isPending) return <Loading lines={3} />;
  if (query.isError) {
    return (
      <ErrorPanel error={query.error} what="The children could not be listed" retry={() => void query.refetch()} />
    );
  }
  return (
    <>
      <Table<Child>
        variant="embedded"
        contentDensity="compact"
        items={query.data.pages.flatMap(({ executions }) => executions)}
        trackBy="name"
        ariaLabels={{ tableLabel: `Children of ${name}` }}
        empty="None has started."
        columnDefinitions={[
          {
            id: "name",
            header: "Child",
            isRowHeader: true,
            cell: (child) => <PageLink to={executionPath(child.workflow, child.name)}>{child.name}</PageLink>,
          },
          { id: "status", header: "Status", cell: ({ status }) => <Status status={status} /> },
          { id: "items", header: "Items", cell: ({ items }) => items.toLocaleString("en") },
          { id: "started", header: "Started", cell: ({ started_at }) => <Time at={started_at} show="full" /> },
          { id: "took", header: "Duration", cell: (child) => <Duration from={child.started_at} to={child.ended_at} /> },
        ]}
      />
      <More query={query} />
    </>
  );
}

interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

function More({ query }: { query: Pages }) {
  if (!query.hasNextPage) return null;
  return (
    <Button loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
      Show more
    </Button>
  );
}
