import type { TableProps } from "@cloudscape-design/components/table";
import type { Schema } from "../api/client";
import { PageLink } from "../app/link";
import { executionPath, workflowPath } from "../app/paths";
import { Status } from "../app/status";
import { Duration, Time } from "../app/time";

type Listed = Schema["Listed"];

export const COLUMNS: TableProps.ColumnDefinition<Listed>[] = [
  {
    id: "name",
    header: "Name",
    isRowHeader: true,
    cell: ({ workflow, name }) => (
      <span className="baton-breaks">
        <PageLink to={executionPath(workflow, name)}>{name}</PageLink>
      </span>
    ),
  },
  { id: "status", header: "Status", minWidth: 130, cell: ({ status }) => <Status status={status} /> },
  {
    id: "workflow",
    header: "Workflow",
    cell: ({ workflow }) => <PageLink to={workflowPath(workflow)}>{workflow}</PageLink>,
  },
  { id: "started", header: "Started", cell: ({ started_at }) => <Time at={started_at} /> },
  { id: "took", header: "Took", cell: ({ started_at, ended_at }) => <Duration from={started_at} to={ended_at} /> },
  { id: "error", header: "Error", cell: ({ error }) => error ?? "" },
  { id: "redrives", header: "Redrives", cell: ({ redrives }) => (redrives > 0 ? redrives : "") },
];

/** Which of the columns: few where there is room for little, and redrives only where there are any. */
export function columnsShown(listed: readonly Listed[], narrow: boolean): TableProps.ColumnDisplayProperties[] {
  const redriven = listed.some(({ redrives }) => redrives > 0);
  return COLUMNS.map(({ id = "" }) => ({
    id,
    visible: narrow ? id === "name" || id === "status" : id !== "redrives" || redriven,
  }));
}
