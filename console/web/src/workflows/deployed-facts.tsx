import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Schema } from "../api/client";
import { Time } from "../app/time";

/** How a definition is deployed. */
export function DeployedFacts({ deployed }: { deployed: Schema["Deployed"] }) {
  return (
    <KeyValuePairs
      columns={4}
      items={[
        { label: "Type", value: deployed.type },
        { label: "Created", value: <Time at={deployed.created_at} show="full" /> },
        { label: "Logging", value: deployed.logging },
        { label: "Tracing", value: deployed.tracing ? "on" : "off" },
        ...(deployed.description === "" ? [] : [{ label: "Description", value: deployed.description }]),
        ...(deployed.revision === null ? [] : [{ label: "Revision", value: deployed.revision }]),
      ]}
    />
  );
}
