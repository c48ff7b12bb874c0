import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schema } from "../api/client";
import { Payload } from "../payload";

/** What the workflow takes. */
export function InputTab({ workflow: { name, example, input_schema } }: { workflow: Schema["Workflow"] }) {
  if (example === null && input_schema === null) {
    return <Box>It is not started by hand, so nothing is known here of what it takes.</Box>;
  }
  return (
    <SpaceBetween size="l">
      {example !== null && (
        <div>
          <Header variant="h2">Example</Header>
          <Payload label={`Example input of ${name}`} text={JSON.stringify(example, null, 2)} />
        </div>
      )}
      {input_schema !== null && (
        <div>
          <Header variant="h2">Contract (JSON Schema)</Header>
          <Payload label={`Contract of ${name}`} text={JSON.stringify(input_schema, null, 2)} />
        </div>
      )}
    </SpaceBetween>
  );
}
