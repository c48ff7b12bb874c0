import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { answer, api, type Schema } from "../api/client";
import { ChangeModal } from "../app/change-modal";
import { useDone } from "../app/flash";

type Status = Schema["EndAsked"]["status"];

const STATUSES: readonly { value: Status; label: string; description: string }[] = [
  { value: "success", label: "Success", description: "The campaign was sent: the execution goes on." },
  { value: "failed", label: "Failed", description: "The vendor could not send it." },
  { value: "archived", label: "Archived", description: "The campaign was withdrawn." },
];

/** A wait that can be ended: whom it is for, and the attempt that was seen. */
export interface Ending {
  vendor: string;
  campaign_id: string;
  attempt: string;
}

/** Ends the wait that was seen, as if the vendor had reported a status. A later wait is never ended by it. */
export function EndWait({ ending, onDismiss }: { ending: Ending; onDismiss: () => void }) {
  const [status, setStatus] = useState<Status | null>(null);
  const { vendor, campaign_id, attempt } = ending;
  return (
    <ChangeModal
      title={`End the wait for ${vendor} ${campaign_id} by hand?`}
      confirm="End the wait"
      wrong={status === null ? "Say how it has ended." : null}
      change={(reason) =>
        answer(
          api.POST("/waits/{vendor}/{campaign_id}/end", {
            params: { path: { vendor, campaign_id } },
            body: { attempt, status: status ?? "success", reason },
          }),
        )
      }
      onDone={useDone(onDismiss)}
      onDismiss={onDismiss}
    >
      <Box>
        The execution goes on as if {vendor} had reported this for {campaign_id}. It ends the wait that you see, once;
        if a webhook is faster, nothing happens and you are told.
      </Box>
      <FormField label="It has ended as">
        <RadioGroup items={[...STATUSES]} value={status} onChange={({ detail }) => setStatus(detail.value as Status)} />
      </FormField>
    </ChangeModal>
  );
}
