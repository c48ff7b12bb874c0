import Box from "@cloudscape-design/components/box";
import type { Schema } from "../api/client";
import { PageLink } from "../app/link";
import { executionPath } from "../app/paths";
import { Time } from "../app/time";

/** The executions that have waited longest for a webhook. */
export function OldestWaits({ waits, total }: { waits: readonly Schema["WaitListed"][]; total: number }) {
  if (waits.length === 0) return <Box>Nothing waits for a webhook.</Box>;
  return (
    <>
      <div className="baton-scroll">
        <table className="baton-table">
          <thead>
            <tr>
              <th scope="col">Execution</th>
              <th scope="col">Waits for</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {waits.map(({ workflow, execution, vendor, campaign_id, since }) => (
              <tr key={`${vendor} ${campaign_id}`}>
                <th scope="row">
                  {workflow === null ? (
                    execution
                  ) : (
                    <PageLink to={executionPath(workflow, execution)}>{execution}</PageLink>
                  )}
                </th>
                <td>
                  {vendor}/{campaign_id}
                </td>
                <td>
                  <Time at={since} show="age" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {total > waits.length && <Box color="text-body-secondary">Of {total} that wait.</Box>}
    </>
  );
}
