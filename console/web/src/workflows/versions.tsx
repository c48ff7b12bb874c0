import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schema } from "../api/client";
import { PageLink } from "../app/link";
import { workflowPath } from "../app/paths";
import { PlainTable } from "../app/plain-table";
import { Time } from "../app/time";

/** The published versions, and the aliases that lead to them. */
export function Versions({ workflow: { name, versions, aliases } }: { workflow: Schema["Workflow"] }) {
  if (versions.length === 0 && aliases.length === 0) {
    return <Box>No version is published: executions run the definition as it is deployed.</Box>;
  }
  return (
    <SpaceBetween size="l">
      <div>
        <Header variant="h2">Aliases</Header>
        {aliases.length === 0 ? <Box>There is none.</Box> : <Aliases aliases={aliases} />}
      </div>
      <div>
        <Header variant="h2">Versions</Header>
        <PlainTable columns={["Version", "Published"]}>
          {versions.map(({ version, created_at }) => (
            <tr key={version}>
              <th scope="row">
                <PageLink to={`${workflowPath(name)}?version=${version}`}>Version {version}</PageLink>
              </th>
              <td>
                <Time at={created_at} show="full" />
              </td>
            </tr>
          ))}
        </PlainTable>
      </div>
    </SpaceBetween>
  );
}

function Aliases({ aliases }: { aliases: readonly Schema["Alias"][] }) {
  return (
    <PlainTable columns={["Alias", "Leads to", "Changed", "Description"]}>
      {aliases.map(({ name, routes, updated_at, description }) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td>{routes.map(({ version, weight }) => `version ${version} (${weight}%)`).join(", ")}</td>
          <td>
            <Time at={updated_at} show="full" />
          </td>
          <td>{description}</td>
        </tr>
      ))}
    </PlainTable>
  );
}
