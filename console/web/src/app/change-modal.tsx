import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ErrorPanel } from "./error-panel";
import { REASON_MAX, REASON_MIN, wrongWith } from "./reason";

interface ChangeModalProps<Done> {
  title: string;
  /** What will happen, and to what. */
  children?: ReactNode;
  /** The word on the button: `Stop`, `Replay`. */
  confirm: string;
  /** What keeps the change from being asked for: a field among `children` that is not right. */
  wrong?: string | null;
  size?: "medium" | "large";
  change: (reason: string) => Promise<Done>;
  onDone: (done: Done) => void;
  onDismiss: () => void;
}

/** Asks for the reason of a change, makes it, and shows the API's answer where it refuses. Mount it to open it. */
export function ChangeModal<Done>(props: ChangeModalProps<Done>) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: (why: string) => props.change(why),
    onSuccess: (done) => props.onDone(done),
    // Also after an error: a 409 says that things are no longer as the page shows them.
    onSettled: () => void queries.invalidateQueries(),
  });
  const problem = wrongWith(reason);
  const wrong = props.wrong ?? null;
  const submit = (): void => {
    setTried(true);
    if (problem === null && wrong === null && !change.isPending) change.mutate(reason.trim());
  };

  return (
    <Modal
      visible
      size={props.size ?? "medium"}
      header={props.title}
      closeAriaLabel="Close"
      onDismiss={() => {
        if (!change.isPending) props.onDismiss();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={change.isPending} onClick={props.onDismiss}>
              Cancel
            </Button>
            <Button variant="primary" loading={change.isPending} loadingText={`${props.confirm}…`} onClick={submit}>
              {props.confirm}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Form>
          <SpaceBetween size="m">
            {props.children}
            <FormField
              label="Reason"
              description="Kept in the audit trail with your name."
              constraintText={`${REASON_MIN} to ${REASON_MAX} characters.`}
              errorText={tried && problem !== null ? problem : ""}
            >
              <Input
                value={reason}
                onChange={({ detail }) => setReason(detail.value)}
                autoFocus
                autoComplete={false}
                disabled={change.isPending}
                ariaRequired
              />
            </FormField>
            {tried && wrong !== null && <StatusIndicator type="error">{wrong}</StatusIndicator>}
            {change.isError && <ErrorPanel error={change.error} what={`${props.confirm}: not done`} />}
          </SpaceBetween>
        </Form>
      </form>
    </Modal>
  );
}
