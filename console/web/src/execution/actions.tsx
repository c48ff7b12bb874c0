import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import { answer, api, type Schema } from "../api/client";
import { ChangeModal } from "../app/change-modal";
import { useDone, useFlash } from "../app/flash";
import { PageLink } from "../app/link";
import { executionPath } from "../app/paths";
import { WriteButton } from "../app/write-button";
import { HIDDEN, Payload } from "../payload";
import type { ExecutionData } from "./data";
import { download, exported } from "./export";

type Change = "stop" | "redrive" | "start";

interface ActionsProps {
  execution: Schema["Execution"];
  data: ExecutionData;
  /** Whether the whole history is there, and can be exported. */
  complete: boolean;
}

/** What can be done with the execution as a whole. */
export function Actions({ execution, data, complete }: ActionsProps) {
  const [change, setChange] = useState<Change | null>(null);
  const { workflow, name } = execution;
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        <WriteButton onClick={() => setChange("stop")} impossible={whyNotStop(execution)}>
          Stop
        </WriteButton>
        <WriteButton onClick={() => setChange("redrive")} impossible={whyNotRedrive(execution)}>
          Redrive
        </WriteButton>
        <WriteButton onClick={() => setChange("start")} impossible={whyNotStart(execution)}>
          Start again
        </WriteButton>
        <Button
          iconName="download"
          disabled={!complete}
          disabledReason="The history is still on its way."
          onClick={() => download(exported(data), `${workflow}.${name}.json`)}
        >
          Export
        </Button>
      </SpaceBetween>
      {change === "start" && <StartAgain execution={execution} onDismiss={() => setChange(null)} />}
      {change === "stop" && <Stop execution={execution} onDismiss={() => setChange(null)} />}
      {change === "redrive" && <Redrive execution={execution} onDismiss={() => setChange(null)} />}
    </>
  );
}

export function whyNotStop({ status, map_run }: Schema["Execution"]): string | undefined {
  if (map_run !== null) return "It is a child of a Map Run: stop the execution that the Map Run belongs to.";
  return status === "RUNNING" || status === "PENDING_REDRIVE" ? undefined : "It has ended.";
}

export function whyNotRedrive(execution: Schema["Execution"]): string | undefined {
  if (execution.status === "RUNNING") return "It runs.";
  if (execution.redrive_status === "REDRIVABLE") return undefined;
  if (execution.redrive_status === "REDRIVABLE_BY_MAP_RUN") return "Redrive the execution that its Map Run belongs to.";
  return execution.redrive_status_reason ?? "It can't be redriven.";
}

export function whyNotStart({ input, map_run }: Schema["Execution"]): string | undefined {
  if (map_run !== null) return "It is a child of a Map Run: nobody can start one by hand.";
  if (input === null) return "Its input is not kept.";
  if (input.includes(HIDDEN)) return "Part of its input is hidden, as it may be a task token.";
  return /^\s*\{/.test(input) ? undefined : "Its input is no object.";
}

interface ModalProps {
  execution: Schema["Execution"];
  onDismiss: () => void;
}

function Stop({ execution: { workflow, name }, onDismiss }: ModalProps) {
  return (
    <ChangeModal
      title={`Stop ${name}?`}
      confirm="Stop"
      change={(reason) =>
        answer(
          api.POST("/workflows/{workflow}/executions/{name}/stop", {
            params: { path: { workflow, name } },
            body: { reason },
          }),
        )
      }
      onDone={useDone(onDismiss)}
      onDismiss={onDismiss}
    >
      <Box>It ends as aborted, at once, wherever it stands. What its tasks have done stays done.</Box>
    </ChangeModal>
  );
}

function Redrive({ execution: { workflow, name, redrives }, onDismiss }: ModalProps) {
  return (
    <ChangeModal
      title={`Redrive ${name}?`}
      confirm="Redrive"
      change={(reason) =>
        answer(
          api.POST("/workflows/{workflow}/executions/{name}/redrive", {
            params: { path: { workflow, name } },
            body: { reason },
          }),
        )
      }
      onDone={useDone(onDismiss)}
      onDismiss={onDismiss}
    >
      <Box>
        It goes on from the states that did not succeed, with the input that they had. What has succeeded is not done
        again. {redrives > 0 && `It was redriven ${redrives === 1 ? "once" : `${redrives} times`} before.`}
      </Box>
    </ChangeModal>
  );
}

function StartAgain({ execution: { workflow, name, input }, onDismiss }: ModalProps) {
  const flash = useFlash();
  // However often it is asked for, one is started.
  const key = useMemo(() => crypto.randomUUID(), []);
  const text = input ?? "{}";
  return (
    <ChangeModal
      title={`Start ${workflow} again?`}
      size="large"
      confirm="Start"
      change={(reason) =>
        answer(
          api.POST("/workflows/{workflow}/executions", {
            params: { path: { workflow } },
            body: { input: {}, reason, key },
            // As it stands: parsed and written again, long numbers would lose digits.
            bodySerializer: (body) => `{"input":${text},"reason":${JSON.stringify(body.reason)},"key":"${key}"}`,
          }),
        )
      }
      onDone={(started) => {
        flash({
          type: "success",
          text: `Started ${started.name}.`,
          action: <PageLink to={executionPath(started.workflow, started.name)}>Show it</PageLink>,
        });
        onDismiss();
      }}
      onDismiss={onDismiss}
    >
      <Box>A new execution starts with the input of {name}:</Box>
      <Payload label="Input" text={text} height={260} />
    </ChangeModal>
  );
}
