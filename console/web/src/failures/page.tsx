import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearchParams } from "react-router";
import { answer, api, type Schema } from "../api/client";
import { keys, POLL } from "../api/queries";
import { Listed } from "../app/listed";
import { useNarrow } from "../app/narrow";
import { Page } from "../app/page";
import { columnsOf, NARROW_COLUMNS } from "./columns";
import { type Queue, queueIn } from "./queue";

const PAGE = 50;

/** What failed for good, until somebody has seen to it. */
export default function FailuresPage() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const queue = queueIn(search);
  return (
    <Page title="Failures" description="What failed for good waits here until somebody replays or discards it.">
      <SpaceBetween size="m">
        <SegmentedControl
          label="Queue"
          selectedId={queue}
          options={[
            { id: "failures", text: "Failure queue" },
            { id: "dead-letters", text: "Dead letters" },
          ]}
          onChange={({ detail }) =>
            void navigate({ search: detail.selectedId === "dead-letters" ? "queue=dead-letters" : "" })
          }
        />
        <FailureTable key={queue} queue={queue} />
      </SpaceBetween>
    </Page>
  );
}

function FailureTable({ queue }: { queue: Queue }) {
  const narrow = useNarrow();
  const listed = useQuery({
    queryKey: [...keys.failures, queue],
    queryFn: ({ signal }) =>
      answer(api.GET("/failures", { params: { query: { dead_letters: queue === "dead-letters" } }, signal })),
    refetchInterval: POLL.list,
  });
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection<
    Schema["FailureListed"]
  >(listed.data?.failures ?? [], {
    filtering: {
      empty: <Nothing queue={queue} />,
      noMatch: <Box textAlign="center">No failure fits the filter.</Box>,
    },
    pagination: { pageSize: PAGE },
    sorting: {},
  });
  return (
    <Listed query={listed} failed="The failures could not be listed" old="These may be out of date">
      <Table
        {...collectionProps}
        items={items}
        columnDefinitions={columnsOf(queue)}
        {...(narrow && { columnDisplay: NARROW_COLUMNS })}
        trackBy="id"
        loading={listed.isPending}
        loadingText="Looking into the queue"
        header={
          <Header variant="h2" {...(listed.data && { counter: `(${listed.data.failures.length})` })}>
            The oldest first
          </Header>
        }
        filter={
          <div data-filter>
            <TextFilter
              {...filterProps}
              filteringPlaceholder="Filter by error, workflow, state or execution"
              filteringAriaLabel="Filter the failures"
              countText={`${filteredItemsCount ?? 0} found`}
            />
          </div>
        }
        pagination={<Pagination {...paginationProps} />}
        wrapLines={narrow}
        contentDensity="compact"
        ariaLabels={{ tableLabel: "Failures", itemSelectionLabel: () => "", selectionGroupLabel: "" }}
      />
    </Listed>
  );
}

function Nothing({ queue }: { queue: Queue }) {
  return (
    <Box textAlign="center">
      {queue === "failures"
        ? "Nothing waits here. What fails for good shows up by itself."
        : "No message has been taken out too often, and all could be read."}
    </Box>
  );
}
