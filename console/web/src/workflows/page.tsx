import Container from "@cloudscape-design/components/container";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { keys, POLL } from "../api/queries";
import { ErrorPanel } from "../app/error-panel";
import { Loading } from "../app/loading";
import { Page } from "../app/page";
import { WorkflowTable } from "./workflow-table";

/** The workflows, and how each has been doing for a day. */
export default function WorkflowsPage() {
  const overview = useQuery({
    queryKey: [...keys.overview],
    queryFn: ({ signal }) => answer(api.GET("/overview", { signal })),
    refetchInterval: POLL.list,
  });
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
