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
    cell: ({ workflow, name }) => <PageLink to={executionPath(workflow, name)}>{name}</PageLink>,
  },
  { id: "status", header: "Status", minWidth: 130, cell: ({ status }) => <Status status={status} /> },
  {
    id: "workflow",
    header: "Workflow",
    cell: ({ workflow }) => <PageLink to={workflowPath(workflow)}>{workflow}</PageLink>,
  },
  { id: "started", header: "Started", cell: ({ started_at }) => <Time at={started_at} show="full" /> },
  { id: "took", header: "Took", cell: ({ started_at, ended_at }) => <Duration from={started_at} to={ended_at} /> },
  { id: "error", header: "Error", cell: ({ error }) => error ?? "" },
  { id: "redrives", header: "Redrives", cell: ({ redrives }) => (redrives > 0 ? redrives : "") },
];

/** What is shown where there is room for little. */
export const NARROW_COLUMNS: TableProps.ColumnDisplayProperties[] = COLUMNS.map(({ id = "" }) => ({
  id,
  visible: id === "name" || id === "status" || id === "took",
}));
