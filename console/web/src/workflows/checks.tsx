import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { ErrorPanel } from "../app/error-panel";
import { Loading } from "../app/loading";
import type { Coverage, Finding } from "./reports";
import { useCoverage, useLint } from "./use-reports";

/** What the lint finds in the definition, and what its tests take of it. */
export function Checks({ workflow }: { workflow: string }) {
  const lint = useLint(workflow);
  const coverage = useCoverage(workflow);
  return (
    <SpaceBetween size="l">
      <div>
        <Header variant="h2">Lint</Header>
        {lint.isPending && <Loading lines={3} />}
        {lint.isError && <ErrorPanel error={lint.error} what="The lint report can't be shown" retry={lint.refetch} />}
        {lint.data === null && <Box>There is no report of the lint for this workflow.</Box>}
        {lint.data && <Findings findings={lint.data} />}
      </div>
      <div>
        <Header variant="h2">Coverage by tests</Header>
        {coverage.isPending && <Loading lines={3} />}
        {coverage.isError && (
          <ErrorPanel error={coverage.error} what="The coverage report can't be shown" retry={coverage.refetch} />
        )}
        {coverage.data === null && <Box>There is no report of the coverage for this workflow.</Box>}
        {coverage.data && <Covered coverage={coverage.data} />}
      </div>
    </SpaceBetween>
  );
}

const INDICATORS = { error: "error", warning: "warning", note: "info" } as const;

function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return <StatusIndicator type="success">Nothing is found.</StatusIndicator>;
  return (
    <ul className="baton-findings">
      {findings.map(({ rule, severity, message, pointer, acknowledged }) => (
        <li key={`${rule} ${pointer} ${message}`}>
          <StatusIndicator type={acknowledged === null ? INDICATORS[severity] : "stopped"}>
            {rule} {acknowledged === null ? severity : "left as it is"}
          </StatusIndicator>
          <div>{message}</div>
          <Box color="text-body-secondary" fontSize="body-s">
            at {pointer}
            {acknowledged !== null && `, because ${acknowledged}`}
          </Box>
        </li>
      ))}
    </ul>
  );
}

function Covered({ coverage: { percent, items } }: { coverage: Coverage }) {
  const missed = items.filter(({ count }) => count === 0);
  return (
    <SpaceBetween size="xs">
      <StatusIndicator type={missed.length === 0 ? "success" : "warning"}>
        {`${percent}%: ${items.length - missed.length} of ${items.length} states, transitions and retries are taken`}
      </StatusIndicator>
      {missed.length > 0 && (
        <ul>
          {missed.map(({ pointer, label }) => (
            <li key={pointer}>{label} is taken by no test</li>
          ))}
        </ul>
      )}
    </SpaceBetween>
  );
}
