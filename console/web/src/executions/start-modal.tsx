import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import Textarea from "@cloudscape-design/components/textarea";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schema } from "../api/client";
import { keys } from "../api/queries";
import { ChangeModal } from "../app/change-modal";
import { ErrorPanel } from "../app/error-panel";
import { useFlash } from "../app/flash";
import { PageLink } from "../app/link";
import { Loading } from "../app/loading";
import { executionPath } from "../app/paths";
import { randomText } from "../auth/pkce";
import { inputIn } from "./input";

interface StartModalProps {
  /** The workflow to begin with. */
  workflow?: string | undefined;
  onDismiss: () => void;
}

/** Start an execution by hand. Asked for again after a lost answer, the same input starts nothing twice. */
export function StartModal({ workflow, onDismiss }: StartModalProps) {
  const flash = useFlash();
  const [chosen, setChosen] = useState(workflow ?? null);
  const [written, setWritten] = useState<{ text: string; key: string } | null>(null);
  const found = useQuery({
    queryKey: [...keys.workflows, chosen],
    queryFn: ({ signal }) =>
      answer(api.GET("/workflows/{workflow}", { params: { path: { workflow: chosen ?? "" } }, signal })),
    enabled: chosen !== null,
    staleTime: 60_000,
  });
  const [key] = useState(freshKey);
  const example = found.data?.example ?? null;
  const text = written?.text ?? JSON.stringify(example ?? {}, null, 2);
  const { input, wrong } = inputIn(text);
  const unready =
    chosen === null ? "Choose a workflow." : (whyNot(found.data) ?? (wrong && "The input is not right yet."));

  const start = async (reason: string): Promise<Schema["Started"]> => {
    if (chosen === null || input === null) throw new Error("There is nothing to be started.");
    const body = { input, reason, key: written?.key ?? key };
    return await answer(api.POST("/workflows/{workflow}/executions", { params: { path: { workflow: chosen } }, body }));
  };

  return (
    <ChangeModal
      title="Start an execution"
      confirm="Start"
      size="large"
      wrong={unready}
      change={start}
      onDone={({ workflow, name }) => {
        onDismiss();
        flash({
          type: "success",
          text: (
            <>
              Started{" "}
              <PageLink to={executionPath(workflow, name)} color="inverted">
                {name}
              </PageLink>
              .
            </>
          ),
        });
      }}
      onDismiss={onDismiss}
    >
      <WorkflowField
        chosen={chosen}
        onChange={(next) => {
          setChosen(next);
          setWritten(null);
        }}
      />
      {found.isError && <ErrorPanel error={found.error} what="The workflow could not be read" retry={found.refetch} />}
      {chosen !== null && found.isPending && <Loading lines={3} />}
      {example !== null && (
        <FormField label="Input" stretch description="The workflow's example, to be changed." errorText={wrong ?? ""}>
          <Textarea
            value={text}
            rows={12}
            spellcheck={false}
            onChange={({ detail }) => setWritten({ text: detail.value, key: freshKey() })}
          />
        </FormField>
      )}
    </ChangeModal>
  );
}

function whyNot(workflow: Schema["Workflow"] | undefined): string | null {
  if (workflow === undefined) return "The workflow has not been read yet.";
  return workflow.example === null ? "This workflow can't be started by hand: put an event on the bus." : null;
}

function WorkflowField({ chosen, onChange }: { chosen: string | null; onChange: (workflow: string) => void }) {
  const workflows = useQuery({
    queryKey: [...keys.workflows],
    queryFn: ({ signal }) => answer(api.GET("/workflows", { signal })),
  });
  return (
    <FormField label="Workflow">
      <Select
        placeholder="Choose a workflow"
        selectedOption={chosen === null ? null : { value: chosen, label: chosen }}
        options={(workflows.data?.workflows ?? []).map((value) => ({ value, label: value }))}
        statusType={workflows.isPending ? "loading" : workflows.isError ? "error" : "finished"}
        errorText="The workflows could not be listed."
        recoveryText="Try again"
        onLoadItems={() => {
          if (workflows.isError) void workflows.refetch();
        }}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
        expandToViewport
      />
    </FormField>
  );
}

/** What the API knows a start by; it becomes part of the execution's name, so it is short. */
function freshKey(): string {
  return randomText(9);
}
