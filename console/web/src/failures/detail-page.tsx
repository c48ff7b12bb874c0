import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { answer, api, type Schema } from "../api/client";
import { keys } from "../api/queries";
import { ChangeModal } from "../app/change-modal";
import { CodeText } from "../app/code-text";
import { ErrorPanel } from "../app/error-panel";
import { useDone } from "../app/flash";
import { Loading } from "../app/loading";
import { Page } from "../app/page";
import { Time } from "../app/time";
import { WriteButton } from "../app/write-button";
import { Payload } from "../payload";
import { titleOf } from "./columns";
import { ExecutionLink } from "./execution-link";
import { queueIn } from "./queue";

type Failure = Schema["Failure"];

/** One failure, and what can be done about it. */
export default function FailurePage() {
  const { id = "" } = useParams();
  const [search] = useSearchParams();
  const queue = queueIn(search);
  const [asking, setAsking] = useState<"replay" | "discard" | null>(null);
  const found = useQuery({
    queryKey: [...keys.failures, queue, id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/failures/{failure_id}", {
          params: { path: { failure_id: id }, query: { dead_letters: queue === "dead-letters" } },
          signal,
        }),
      ),
  });
  const failure = found.data;
  return (
    <Page
      title={failure === undefined ? "Failure" : titleOf(failure.error, failure.readable)}
      description={queue === "dead-letters" ? "In the dead-letter queue" : "In the failure queue"}
      actions={failure && <Actions failure={failure} deadLetter={queue === "dead-letters"} onAsk={setAsking} />}
    >
      {found.isPending && <Loading />}
      {found.isError && <ErrorPanel error={found.error} what="The failure can't be shown" retry={found.refetch} />}
      {failure && <Facts failure={failure} />}
      {failure && asking !== null && (
        <Change
          operation={asking}
          failure={failure}
          deadLetter={queue === "dead-letters"}
          onDismiss={() => setAsking(null)}
        />
      )}
    </Page>
  );
}

interface ActionsProps {
  failure: Failure;
  deadLetter: boolean;
  onAsk: (operation: "replay" | "discard") => void;
}

function Actions({ failure, deadLetter, onAsk }: ActionsProps) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <WriteButton impossible={whyNoReplay(failure, deadLetter)} variant="primary" onClick={() => onAsk("replay")}>
        Replay
      </WriteButton>
      <WriteButton onClick={() => onAsk("discard")}>Discard</WriteButton>
    </SpaceBetween>
  );
}

function whyNoReplay(failure: Failure, deadLetter: boolean): string | undefined {
  if (deadLetter) return "Only what is in the failure queue can be replayed.";
  if (!failure.readable) return "A message that can't be read can't be replayed.";
  if (failure.source === "function") return "What the function was given is not kept, so it can't be given again.";
  return undefined;
}

function Facts({ failure }: { failure: Failure }) {
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">What failed</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Source", value: failure.source || "–" },
            { label: "Workflow", value: failure.workflow || "–" },
            { label: "State", value: failure.state || "–" },
            { label: "Execution", value: failure.execution ? <ExecutionLink arn={failure.execution} /> : "–" },
            { label: "Since", value: <Time at={failure.sent_at} show="full" /> },
            { label: "Copies", value: failure.copies },
            ...Object.entries(failure.input_reference).map(([label, value]) => ({ label, value })),
          ]}
        />
      </Container>
      {failure.cause !== "" && (
        <Container header={<Header variant="h2">Cause</Header>}>
          <CodeText text={failure.cause} label="Cause" />
        </Container>
      )}
      <Container header={<Header variant="h2">Message</Header>}>
        <Payload label="Message" text={failure.body} />
      </Container>
    </SpaceBetween>
  );
}

interface ChangeProps {
  operation: "replay" | "discard";
  failure: Failure;
  deadLetter: boolean;
  onDismiss: () => void;
}

function Change({ operation, failure, deadLetter, onDismiss }: ChangeProps) {
  const navigate = useNavigate();
  const path = { failure_id: failure.id };
  const replay = operation === "replay";
  return (
    <ChangeModal
      title={replay ? "Replay the failure" : "Discard the failure"}
      confirm={replay ? "Replay" : "Discard"}
      change={(reason) =>
        answer(
          replay
            ? api.POST("/failures/{failure_id}/replay", { params: { path }, body: { reason } })
            : api.POST("/failures/{failure_id}/discard", {
                params: { path, query: { dead_letters: deadLetter } },
                body: { reason },
              }),
        )
      }
      onDone={useDone(() => void navigate(deadLetter ? "/failures?queue=dead-letters" : "/failures"))}
      onDismiss={onDismiss}
    >
      <Box>
        {replay
          ? `${REPLAYS[failure.source] ?? "What failed is done again."} It leaves the queue. Doing it twice does no harm.`
          : "It leaves the queue for good, and nothing else is done."}
      </Box>
    </ChangeModal>
  );
}

const REPLAYS: Record<string, string> = {
  workflow: "A new execution takes the failed one's place.",
  execution: "The execution is redriven from where it stood.",
  event: "The event is put on the bus again.",
};
