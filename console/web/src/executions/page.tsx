import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import { keys, POLL } from "../api/queries";
import { CursorPages } from "../app/cursor-pages";
import { Listed } from "../app/listed";
import { useNarrow } from "../app/narrow";
import { Page } from "../app/page";
import { useTrail } from "../app/trail";
import { WriteButton } from "../app/write-button";
import { COLUMNS, columnsShown } from "./columns";
import { type Filter, filterIn, searchOf } from "./filter";
import { FilterField } from "./filter-field";
import { StartModal } from "./start-modal";

/** Find executions. The filter stands in the address, so it can be kept and sent on. */
export default function ExecutionsPage() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const [starting, setStarting] = useState(false);
  const filter = filterIn(search);
  const change = (next: Filter): void => void navigate({ search: searchOf(next).toString() });
  return (
    <Page
      title="Executions"
      actions={
        <WriteButton variant="primary" onClick={() => setStarting(true)}>
          Start an execution
        </WriteButton>
      }
    >
      <SpaceBetween size="m">
        <FilterField filter={filter} onChange={change} />
        <ExecutionTable filter={filter} onClear={() => change({})} />
      </SpaceBetween>
      {starting && <StartModal workflow={filter.workflow} onDismiss={() => setStarting(false)} />}
    </Page>
  );
}

function ExecutionTable({ filter, onClear }: { filter: Filter; onClear: () => void }) {
  const narrow = useNarrow();
  const trail = useTrail();
  const page = useQuery({
    queryKey: [...keys.executions, filter, trail.cursor],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/executions", {
          params: { query: { ...filter, ...(trail.cursor === null ? {} : { after: trail.cursor }) } },
          signal,
        }),
      ),
    refetchInterval: POLL.list,
    placeholderData: keepPreviousData,
  });
  const { executions = [], next = null } = page.data ?? {};
  return (
    <Listed query={page} failed="The executions could not be listed" old="These may be out of date">
      <Table
        items={executions}
        columnDefinitions={COLUMNS}
        columnDisplay={columnsShown(executions, narrow)}
        trackBy={({ workflow, name }) => `${workflow} ${name}`}
        loading={page.isPending}
        loadingText="Looking for executions"
        header={<Header variant="h2">The newest first</Header>}
        pagination={<CursorPages trail={trail} next={next} loading={page.isPlaceholderData} />}
        empty={<Nothing filtered={Object.keys(filter).length > 0} more={next !== null} onClear={onClear} />}
        wrapLines={narrow}
        contentDensity="compact"
        ariaLabels={{ tableLabel: "Executions", itemSelectionLabel: () => "", selectionGroupLabel: "" }}
      />
    </Listed>
  );
}

function Nothing({ filtered, more, onClear }: { filtered: boolean; more: boolean; onClear: () => void }) {
  if (more)
    return <Box textAlign="center">None among those looked through so far. Go to the next page to look on.</Box>;
  if (!filtered) {
    return (
      <Box textAlign="center">
        Nothing has run yet. Start an execution here, or put an event on the bus that starts one.
      </Box>
    );
  }
  return (
    <Box textAlign="center">
      No execution fits the filter.{" "}
      <Button variant="inline-link" onClick={onClear}>
        Show all
      </Button>
    </Box>
  );
}
