import Box from "@cloudscape-design/components/box";
import type { Schema } from "../api/client";
import { PageLink } from "../app/link";
import { workflowPath } from "../app/paths";
import { PlainTable } from "../app/plain-table";

/** The figures of each workflow. */
export function WorkflowTable({ workflows }: { workflows: readonly Schema["WorkflowFigures"][] }) {
  if (workflows.length === 0) return <Box>No workflow is deployed.</Box>;
  return (
    <PlainTable columns={["Workflow", "Running", "Waiting", "Succeeded", "Ended otherwise"]}>
      {workflows.map(({ workflow, running, waiting, succeeded, failed, timed_out, aborted }) => (
        <tr key={workflow}>
          <th scope="row">
            <PageLink to={workflowPath(workflow)}>{workflow}</PageLink>
          </th>
          <td>{running}</td>
          <td>{waiting}</td>
          <td>{succeeded}</td>
          <td>{failed + timed_out + aborted}</td>
        </tr>
      ))}
    </PlainTable>
  );
}
