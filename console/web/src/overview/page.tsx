import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Schema } from "../api/client";
import { ErrorPanel } from "../app/error-panel";
import { Loading } from "../app/loading";
import { Page } from "../app/page";
import { Time } from "../app/time";
import { WorkflowTable } from "../workflows/workflow-table";
import { Figures } from "./figures";
import { OldestWaits } from "./oldest-waits";
import { Legend, RateChart, RateTable } from "./rate-chart";
import { ratesOf } from "./rates";
import { useOverview } from "./use-overview";
import "./overview.css";

/** How the platform is doing. */
export default function OverviewPage() {
  const overview = useOverview();
  return (
    <Page
      title="Overview"
      description={
        overview.data && (
          <>
            Now and in the last 24 hours. As of <Time at={overview.data.at} show="age" />.
          </>
        )
      }
    >
      <SpaceBetween size="l">
        {overview.isError && (
          <ErrorPanel
            error={overview.error}
            what={overview.data ? "This may be out of date" : "The overview can't be shown"}
            retry={overview.refetch}
          />
        )}
        {overview.isPending && <Loading lines={12} />}
        {overview.data && <Found overview={overview.data} />}
      </SpaceBetween>
    </Page>
  );
}

function Found({ overview }: { overview: Schema["Overview"] }) {
  const rates = ratesOf(overview.all.hours);
  return (
    <SpaceBetween size="l">
      {!overview.all.complete && (
        <StatusIndicator type="info">
          There is more than could be counted: the figures are the least that there is.
        </StatusIndicator>
      )}
      <Figures overview={overview} />
      <Container header={<Header variant="h2">Executions by the hour</Header>}>
        <RateChart rates={rates} />
        <Legend />
        <ExpandableSection headerText="As a table">
          <RateTable rates={rates} />
        </ExpandableSection>
      </Container>
      <Container header={<Header variant="h2">Workflows</Header>}>
        <WorkflowTable workflows={overview.workflows} />
      </Container>
      <Container header={<Header variant="h2">What has waited longest</Header>}>
        <OldestWaits waits={overview.oldest_waits} total={overview.all.waiting} />
      </Container>
    </SpaceBetween>
  );
}
