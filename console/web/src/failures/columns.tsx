import type { TableProps } from "@cloudscape-design/components/table";
import type { Schema } from "../api/client";
import { PageLink } from "../app/link";
import { failurePath } from "../app/paths";
import { Time } from "../app/time";
import { ExecutionLink } from "./execution-link";
import type { Queue } from "./queue";

type Listed = Schema["FailureListed"];

export function columnsOf(queue: Queue): TableProps.ColumnDefinition<Listed>[] {
  return [
    {
      id: "error",
      header: "Error",
      isRowHeader: true,
      sortingField: "error",
      cell: ({ id, error, readable }) => (
        <PageLink to={failurePath(id, queue === "dead-letters")}>{titleOf(error, readable)}</PageLink>
      ),
    },
    { id: "source", header: "Source", sortingField: "source", cell: ({ source }) => source },
    { id: "workflow", header: "Workflow", sortingField: "workflow", cell: ({ workflow }) => workflow },
    { id: "state", header: "State", sortingField: "state", cell: ({ state }) => state },
    { id: "execution", header: "Execution", cell: ({ execution }) => <ExecutionLink arn={execution} /> },
    { id: "sent", header: "Since", sortingField: "sent_at", cell: ({ sent_at }) => <Time at={sent_at} /> },
    { id: "copies", header: "Copies", sortingField: "copies", cell: ({ copies }) => copies },
  ];
}

export const NARROW_COLUMNS: TableProps.ColumnDisplayProperties[] = columnsOf("failures").map(({ id = "" }) => ({
  id,
  visible: id === "error" || id === "state",
}));

export function titleOf(error: string, readable: boolean): string {
  if (!readable) return "A message that can't be read";
  return error === "" ? "An error without a name" : error;
}
