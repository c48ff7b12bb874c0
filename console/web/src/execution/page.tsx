import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useParams } from "react-router";
import { answer, api, type Schema } from "../api/client";
import { keys, POLL } from "../api/queries";
import { ErrorPanel } from "../app/error-panel";
import { PageLink } from "../app/link";
import { Loading } from "../app/loading";
import { Page } from "../app/page";
import { workflowPath } from "../app/paths";
import { Status } from "../app/status";
import { Duration, Time } from "../app/time";
import type { History } from "../history/model";
import { useFollow } from "../live/provider";
import { Actions } from "./actions";
import { Callbacks } from "./callbacks";
import type { ExecutionData } from "./data";
import { Related } from "./related";
import { type FollowedHistory, useHistory } from "./use-history";
import { ExecutionView } from "./view";

type Execution = Schema["Execution"];

/** One execution, as it goes on. */
export default function ExecutionPage() {
  const { workflow = "", name = "" } = useParams();
  return <LiveExecution key={`${workflow}/${name}`} workflow={workflow} name={name} />;
}

function LiveExecution({ workflow, name }: { workflow: string; name: string }) {
  useFollow(workflow, name);
  const followed = useHistory(workflow, name);
  const query = useQuery({
    queryKey: keys.execution(workflow, name),
    queryFn: () =>
      answer(
        api.GET("/workflows/{workflow}/executions/{name}", {
          params: { path: { workflow, name }, query: { summary: mayHaveMore(followed.latest()) } },
        }),
      ),
    refetchInterval: ({ state }) => (isOver(state.data) ? false : POLL.execution),
  });
  if (query.data !== undefined) return <Shown execution={query.data} followed={followed} stale={query.error} />;
  return (
    <Page title={name} description={<PageLink to={workflowPath(workflow)}>{workflow}</PageLink>}>
      {query.isError ? (
        <ErrorPanel error={query.error} what="The execution can't be shown" retry={() => void query.refetch()} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

/** Whether the API may know more of it than its history: deliveries, children. For that it reads the whole history. */
function mayHaveMore(history: History): boolean {
  if (history.lastId === 0 || history.links.length > 0) return true;
  return history.visits.some(({ attempts }) => attempts.some(({ waitsForToken }) => waitsForToken));
}

function isOver(execution: Execution | undefined): boolean {
  return execution !== undefined && execution.status !== "RUNNING" && execution.status !== "PENDING_REDRIVE";
}

interface ShownProps {
  execution: Execution;
  followed: FollowedHistory;
  /** Why it could not be asked for again. */
  stale: unknown;
}

function Shown({ execution, followed, stale }: ShownProps) {
  const { history, loading, error, retry } = followed;
  const data = useMemo(() => dataOf(execution, history), [execution, history]);
  const failed = error ?? stale;
  const related = { id: "related", label: "Related", content: <Related execution={execution} /> };
  return (
    <Page
      title={execution.name}
      info={<Status status={data.status} />}
      description={<Description execution={execution} data={data} />}
      actions={<Actions execution={execution} data={data} complete={!loading && error === null} />}
    >
      <SpaceBetween size="l">
        {failed !== null && <ErrorPanel error={failed} what="This may be out of date" retry={retry} />}
        {!execution.summarized && execution.definition === null && (
          <Alert type="info">No more than its end is kept of this child of a Map Run.</Alert>
        )}
        <ExecutionView
          data={data}
          withoutWaits={execution.waits.length > 0}
          callbacks={(onSelect) => (
            <Callbacks
              name={execution.name}
              running={data.status === "RUNNING"}
              waits={execution.waits}
              mailboxes={execution.mailboxes}
              onSelect={onSelect}
            />
          )}
          tabs={[related]}
        />
      </SpaceBetween>
    </Page>
  );
}

function Description({ execution, data }: { execution: Execution; data: ExecutionData }) {
  const { workflow, version, alias, redrives } = execution;
  return (
    <span className="execution-description">
      <PageLink to={workflowPath(workflow)}>{workflow}</PageLink>
      {(alias !== null || version !== null) && (
        <span>
          {alias} {version !== null && `version ${version}`}
        </span>
      )}
      <span>
        started <Time at={data.startedAt} show="full" />
      </span>
      {data.startedAt !== null && (
        <span>
          {data.endedAt === null ? "runs for" : "took"} <Duration from={data.startedAt} to={data.endedAt} />
        </span>
      )}
      {redrives > 0 && <span>{redrives === 1 ? "redriven once" : `redriven ${redrives} times`}</span>}
    </span>
  );
}

/** Whichever has heard more: the history is asked for at each hint, the rest of the execution a moment later. */
function dataOf(execution: Execution, history: History): ExecutionData {
  const heard = history.lastId > 0 && execution.status !== "PENDING_REDRIVE";
  return {
    workflow: execution.workflow,
    name: execution.name,
    status: heard ? history.status : execution.status,
    startedAt: Date.parse(execution.started_at),
    endedAt: heard ? history.endedAt : execution.ended_at === null ? null : Date.parse(execution.ended_at),
    input: execution.input ?? history.input,
    output: heard ? history.output : execution.output,
    error: heard ? history.error : execution.error,
    cause: heard ? history.cause : execution.cause,
    definition: execution.definition,
    history,
  };
}
