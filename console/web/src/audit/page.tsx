import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { answer, api, type Schema } from "../api/client";
import { keys, POLL } from "../api/queries";
import { CursorPages } from "../app/cursor-pages";
import { PageLink } from "../app/link";
import { Listed } from "../app/listed";
import { useNarrow } from "../app/narrow";
import { Page } from "../app/page";
import { executionPath } from "../app/paths";
import { Time } from "../app/time";
import { useTrail } from "../app/trail";
import { changesOf, dayBeside, dayIn, isDay, today } from "./records";

type AuditRecord = Schema["AuditRecord"];

/** Who changed what, and why. */
export default function AuditPage() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const day = dayIn(search, Date.now());
  return (
    <Page title="Audit trail" description="Who changed what, when, and why. Nothing is ever taken out of it.">
      <SpaceBetween size="m">
        <Day day={day} onChange={(next) => void navigate({ search: `day=${next}` })} />
        <Trail day={day} />
      </SpaceBetween>
    </Page>
  );
}

function Day({ day, onChange }: { day: string; onChange: (day: string) => void }) {
  const id = useId();
  const last = today(Date.now());
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <label htmlFor={id}>Day (UTC)</label>
      <Button
        iconName="angle-left"
        variant="icon"
        ariaLabel="Day before"
        onClick={() => onChange(dayBeside(day, -1))}
      />
      <span data-filter>
        <input
          id={id}
          type="date"
          className="baton-moment"
          value={day}
          max={last}
          onChange={({ target }) => {
            if (isDay(target.value)) onChange(target.value);
          }}
        />
      </span>
      <Button
        iconName="angle-right"
        variant="icon"
        ariaLabel="Day after"
        disabled={day >= last}
        onClick={() => onChange(dayBeside(day, 1))}
      />
    </SpaceBetween>
  );
}

function Trail({ day }: { day: string }) {
  const narrow = useNarrow();
  const trail = useTrail();
  const page = useQuery({
    queryKey: [...keys.audit, day, trail.cursor],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/audit", {
          params: { query: { day, ...(trail.cursor === null ? {} : { after: trail.cursor }) } },
          signal,
        }),
      ),
    refetchInterval: POLL.list,
    placeholderData: keepPreviousData,
  });
  return (
    <Listed query={page} failed="The audit trail can't be shown" old="This may be out of date">
      <Table
        items={changesOf(page.data?.records ?? [])}
        columnDefinitions={COLUMNS}
        {...(narrow && { columnDisplay: NARROW_COLUMNS })}
        trackBy={({ at, request_id }) => `${at} ${request_id}`}
        loading={page.isPending}
        loadingText="Reading the trail"
        header={<Header variant="h2">The newest first</Header>}
        pagination={<CursorPages trail={trail} next={page.data?.next ?? null} loading={page.isPlaceholderData} />}
        empty={<Box textAlign="center">Nobody changed anything on this day.</Box>}
        wrapLines
        contentDensity="compact"
        ariaLabels={{ tableLabel: "Changes", itemSelectionLabel: () => "", selectionGroupLabel: "" }}
      />
    </Listed>
  );
}

const COLUMNS: TableProps.ColumnDefinition<AuditRecord>[] = [
  { id: "at", header: "When", cell: ({ at }) => <Time at={at} /> },
  { id: "by", header: "Who", cell: ({ by }) => by },
  { id: "operation", header: "What", isRowHeader: true, cell: ({ operation }) => operation },
  { id: "target", header: "To what", cell: (record) => <Target record={record} /> },
  { id: "reason", header: "Why", cell: ({ reason }) => reason },
  { id: "outcome", header: "Outcome", minWidth: 105, cell: ({ outcome }) => <Outcome outcome={outcome} /> },
];

const NARROW_COLUMNS: TableProps.ColumnDisplayProperties[] = COLUMNS.map(({ id = "" }) => ({
  id,
  visible: id !== "at" && id !== "target",
}));

const ON_EXECUTIONS = ["stop", "redrive"];

function Target({ record: { operation, target } }: { record: AuditRecord }) {
  const [workflow, name] = target.split("/");
  if (!ON_EXECUTIONS.includes(operation) || workflow === undefined || name === undefined) return <>{target}</>;
  return <PageLink to={executionPath(workflow, name)}>{target}</PageLink>;
}

function Outcome({ outcome }: { outcome: string }) {
  if (outcome === "done") return <StatusIndicator type="success">done</StatusIndicator>;
  if (outcome.startsWith("refused")) return <StatusIndicator type="warning">{outcome}</StatusIndicator>;
  if (outcome === "begun") return <StatusIndicator type="pending">begun; how it went is not on record</StatusIndicator>;
  return <StatusIndicator type="error">{outcome}</StatusIndicator>;
}
