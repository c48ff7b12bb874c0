import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Schema } from "../api/client";
import { Time } from "../app/time";
import { Marked } from "../payload";

type Arrival = Schema["Arrival"];

/** What came in for a campaign, the newest first, and what became of each. */
export function Deliveries({ mailbox }: { mailbox: Schema["Mailbox"] }) {
  return (
    <Table<Arrival>
      variant="embedded"
      items={mailbox.arrivals.toReversed()}
      trackBy="id"
      wrapLines
      contentDensity="compact"
      ariaLabels={{ tableLabel: `Deliveries for ${mailbox.vendor} ${mailbox.campaign_id}` }}
      empty={<Box color="text-body-secondary">Nothing has come in yet.</Box>}
      columnDefinitions={[
        { id: "received", header: "Received", cell: ({ received_at }) => <Time at={received_at} show="full" /> },
        { id: "says", header: "Says", isRowHeader: true, cell: ({ status }) => status ?? "hint" },
        { id: "verdict", header: "Verdict", cell: (arrival) => <Verdict arrival={arrival} /> },
        { id: "by", header: "By", cell: (arrival) => <By arrival={arrival} vendor={mailbox.vendor} /> },
        { id: "occurred", header: "Occurred", cell: ({ occurred_at }) => <Time at={occurred_at} precise /> },
        { id: "id", header: "Id", cell: ({ id }) => <Marked text={id} /> },
      ]}
    />
  );
}

function Verdict({ arrival: { status, used } }: { arrival: Arrival }) {
  if (status === null) return <StatusIndicator type="info">Hint: the vendor was asked</StatusIndicator>;
  if (used) return <StatusIndicator type="success">Used: it went on with it</StatusIndicator>;
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
