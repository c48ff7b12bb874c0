import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Schema } from "../api/client";
import { Time } from "../app/time";
import { Marked } from "../payload";

type Arrival = Schema["Arrival"];

/** What came in for a campaign, the newest first, and what became of each. */
export function Deliveries({ mailbox }: { mailbox: Schema["Mailbox"] }) {
  if (mailbox.arrivals.length === 0) return <Box color="text-body-secondary">Nothing has come in yet.</Box>;
  return (
    <Table<Arrival>
      variant="embedded"
      items={mailbox.arrivals.toReversed()}
      trackBy="id"
      wrapLines
      contentDensity="compact"
      ariaLabels={{ tableLabel: `Deliveries for ${mailbox.vendor} ${mailbox.campaign_id}` }}
      columnDefinitions={[
        {
          id: "received",
          minWidth: 170,
          header: "Received",
          cell: ({ received_at }) => <Time at={received_at} show="full" />,
        },
        { id: "says", minWidth: 90, header: "Says", isRowHeader: true, cell: ({ status }) => status ?? "hint" },
        { id: "verdict", minWidth: 110, header: "Verdict", cell: (arrival) => <Verdict arrival={arrival} /> },
        { id: "by", minWidth: 120, header: "By", cell: (arrival) => <By arrival={arrival} vendor={mailbox.vendor} /> },
        {
          id: "occurred",
          minWidth: 170,
          header: "Occurred",
          cell: ({ occurred_at }) => <Time at={occurred_at} precise />,
        },
        { id: "id", minWidth: 220, header: "Id", cell: ({ id }) => <Marked text={id} /> },
      ]}
    />
  );
}

function Verdict({ arrival: { status, used } }: { arrival: Arrival }) {
  if (status === null) return <StatusIndicator type="info">Hint: vendor asked</StatusIndicator>;
  if (used) return <StatusIndicator type="success">Used</StatusIndicator>;
  return <StatusIndicator type="pending">Not used</StatusIndicator>;
}

function By({ arrival: { by, reason }, vendor }: { arrival: Arrival; vendor: string }) {
  if (by === "") return vendor;
  return (
    <>
      {by}, by hand: <Marked text={reason} />
    </>
  );
}
