import Container from "@cloudscape-design/components/container";
import { ErrorPanel } from "../app/error-panel";
import { Loading } from "../app/loading";
import { Page } from "../app/page";
import { useOverview } from "../overview/use-overview";
import { WorkflowTable } from "./workflow-table";

/** The workflows, and how each has been doing for a day. */
export default function WorkflowsPage() {
  const overview = useOverview();
  return (
    <Page title="Workflows" description="What runs and waits now, and how what ended in the last 24 hours has ended.">
      {overview.isPending && <Loading />}
      {overview.isError && (
        <ErrorPanel error={overview.error} what="The workflows can't be shown" retry={overview.refetch} />
      )}
      {overview.data && (
        <Container>
          <WorkflowTable workflows={overview.data.workflows} />
        </Container>
      )}
    </Page>
  );
}
