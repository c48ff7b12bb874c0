import Box from "@cloudscape-design/components/box";
import type { Schema } from "../api/client";
import { PageLink } from "../app/link";
import { executionPath } from "../app/paths";
import { PlainTable } from "../app/plain-table";
import { Time } from "../app/time";

/** The executions that have waited longest for a webhook. */
export function OldestWaits({ waits, total }: { waits: readonly Schema["WaitListed"][]; total: number }) {
  if (waits.length === 0) return <Box>Nothing waits for a webhook.</Box>;
  return (
    <>
      <PlainTable columns={["Execution", "Waits for", "Since"]}>
        {waits.map(({ workflow, execution, vendor, campaign_id, since }) => (
          <tr key={`${vendor} ${campaign_id}`}>
            <th scope="row">
              {workflow === null ? execution : <PageLink to={executionPath(workflow, execution)}>{execution}</PageLink>}
            </th>
            <td>
              {vendor}/{campaign_id}
            </td>
            <td>
              <Time at={since} show="age" />
            </td>
          </tr>
        ))}
      </PlainTable>
      {total > waits.length && <Box color="text-body-secondary">Of {total} that wait.</Box>}
    </>
  );
}
