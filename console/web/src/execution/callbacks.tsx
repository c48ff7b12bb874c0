import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Schema } from "../api/client";
import { useClock } from "../app/clock";
import { Time } from "../app/time";
import { WriteButton } from "../app/write-button";
import { Deliveries } from "./deliveries";
import { type Ending, EndWait } from "./end-wait";
import { Facts } from "./facts";

type Wait = Schema["OpenWait"];
type Mailbox = Schema["Mailbox"];

interface CallbacksProps {
  name: string;
  running: boolean;
  waits: readonly Wait[];
  mailboxes: readonly Mailbox[];
  onSelect: (state: string) => void;
}

/** What the execution waits for, what came in for it, and ending a wait by hand. */
export function Callbacks({ name, running, waits, mailboxes, onSelect }: CallbacksProps) {
  const open = mailboxes.filter((mailbox) => waits.some((wait) => isFor(wait, mailbox)));
  const others = mailboxes.filter((mailbox) => !open.includes(mailbox));
  if (waits.length + mailboxes.length === 0) return null;
  return (
    <Container
      header={
        <Header variant="h2" counter={waits.length > 0 ? `(${waits.length} open)` : ""}>
          Callbacks
        </Header>
      }
    >
      <SpaceBetween size="l">
        {waits.map((wait) => (
          <OpenWait
            key={`${wait.state} ${wait.since} ${wait.vendor} ${wait.campaign_id}`}
            wait={wait}
            mailbox={open.find((mailbox) => isFor(wait, mailbox))}
            onSelect={onSelect}
          />
        ))}
        {others.map((mailbox) => (
          <OtherMailbox
            key={`${mailbox.vendor} ${mailbox.campaign_id}`}
            mailbox={mailbox}
            waits={running && mailbox.state === "waiting" && mailbox.execution.endsWith(`:${name}`)}
          />
        ))}
      </SpaceBetween>
    </Container>
  );
}

/** A mailbox of no wait that the API tells of: of a former one, or of one that a redrive has begun. */
function OtherMailbox({ mailbox, waits }: { mailbox: Mailbox; waits: boolean }) {
  const [ending, setEnding] = useState<Ending | null>(null);
  const { vendor, campaign_id, attempt, state, outcome } = mailbox;
  return (
    <SpaceBetween size="s">
      <Header
        variant="h3"
        actions={
          waits && <WriteButton onClick={() => setEnding({ vendor, campaign_id, attempt })}>End by hand</WriteButton>
        }
      >
        {vendor} {campaign_id}: {MAILBOX[state]}
        {state === "settled" && REFUSED.has(outcome ?? "") && `, refused (${outcome})`}
      </Header>
      <Deliveries mailbox={mailbox} />
      {ending !== null && <EndWait ending={ending} onDismiss={() => setEnding(null)} />}
    </SpaceBetween>
  );
}

const MAILBOX: Record<Mailbox["state"], string> = {
  open: "nobody waits at this moment",
  waiting: "waits",
  resuming: "goes on at this moment",
  settled: "settled",
};
/** What Step Functions says to a token that is of no use any more. */
const REFUSED = new Set(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken", "UnreadableToken"]);

function isFor(wait: Wait, mailbox: Mailbox): boolean {
  return wait.vendor === mailbox.vendor && wait.campaign_id === mailbox.campaign_id;
}

interface OpenWaitProps {
  wait: Wait;
  mailbox: Mailbox | undefined;
  onSelect: (state: string) => void;
}

function OpenWait({ wait, mailbox, onSelect }: OpenWaitProps) {
  // The attempt that was seen when the button was pressed, whatever the page shows later.
  const [ending, setEnding] = useState<Ending | null>(null);
  const whom = wait.vendor === null ? "its task token" : `${wait.vendor} ${wait.campaign_id}`;
  return (
    <SpaceBetween size="s">
      <Header
        variant="h3"
        actions={
          <WriteButton onClick={() => setEnding(endingOf(wait))} impossible={whyNotEnd(wait)}>
            End by hand
          </WriteButton>
        }
      >
        <button type="button" className="baton-link" onClick={() => onSelect(wait.state)}>
          {wait.state}
        </button>{" "}
        waits for {whom}
      </Header>
      <Facts
        columns={3}
        facts={[
          ["Waits since", <Time key="since" at={wait.since} show="full" />],
          ["Times out", <Due key="due" since={wait.since} due={wait.timeout_due} never="Never: it has no timeout" />],
          [
            "Heartbeat due, if none has come",
            wait.heartbeat_due !== null && <Due key="due" since={wait.since} due={wait.heartbeat_due} never="" />,
          ],
        ]}
      />
      {mailbox !== undefined ? (
        <Deliveries mailbox={mailbox} />
      ) : (
        <Box color="text-body-secondary">
          {wait.vendor === null
            ? "It waits without a mailbox: whoever has its token ends it."
            : "Nothing is kept of what came in for it."}
        </Box>
      )}
      {ending !== null && <EndWait ending={ending} onDismiss={() => setEnding(null)} />}
    </SpaceBetween>
  );
}

function endingOf({ vendor, campaign_id, attempt }: Wait): Ending | null {
  return vendor === null || campaign_id === null || attempt === null ? null : { vendor, campaign_id, attempt };
}

export function whyNotEnd(wait: Wait): string | undefined {
  if (wait.attempt !== null) return undefined;
  if (wait.vendor === null) return "It waits without a mailbox. Stop the execution, or let its timeout end it.";
  return "Its mailbox does not wait at this moment: it goes on, or has not begun to wait. Look again in a moment.";
}

/** How far a wait is on its way to its end, counting down. */
function Due({ since, due, never }: { since: string; due: string | null; never: string }) {
  const [from, to] = [Date.parse(since), Date.parse(due ?? "")];
  const percent = useClock((now) => Math.round((100 * (now - from)) / Math.max(1, to - from)));
  if (due === null) return <Box color="text-status-warning">{never}</Box>;
  return (
    <>
      <Time at={due} show="full" />
      <ProgressBar value={Math.min(100, Math.max(0, percent))} ariaLabel="Of the time that it may wait" />
    </>
  );
}
