import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { answer, api, type Schema } from "../api/client";
import { keys } from "../api/queries";
import { ErrorPanel } from "../app/error-panel";
import { PageLink } from "../app/link";
import { Loading } from "../app/loading";
import { Page } from "../app/page";
import { WriteButton } from "../app/write-button";
import { StartModal } from "../executions/start-modal";
import { Payload } from "../payload";
import { Checks } from "./checks";
import { DeployedFacts } from "./deployed-facts";
import { InputTab } from "./input-tab";
import { Versions } from "./versions";
import { WorkflowGraph } from "./workflow-graph";

const TABS = ["graph", "definition", "versions", "checks", "input"];

/** A workflow: what it does, in which versions it is deployed, what is known about it, and what it takes. */
export default function WorkflowPage() {
  const { workflow = "" } = useParams();
  const [starting, setStarting] = useState(false);
  const found = useQuery({
    queryKey: [...keys.workflows, workflow],
    queryFn: ({ signal }) => answer(api.GET("/workflows/{workflow}", { params: { path: { workflow } }, signal })),
  });
  return (
    <Page
      title={workflow}
      description={<PageLink to={`/executions?workflow=${encodeURIComponent(workflow)}`}>Show its executions</PageLink>}
      actions={
        <WriteButton
          variant="primary"
          impossible={
            found.data?.example === null ? "It can't be started by hand: put an event on the bus." : undefined
          }
          onClick={() => setStarting(true)}
        >
          Start an execution
        </WriteButton>
      }
    >
      {found.isPending && <Loading lines={12} />}
      {found.isError && <ErrorPanel error={found.error} what="The workflow can't be shown" retry={found.refetch} />}
      {found.data && <Found workflow={found.data} />}
      {starting && <StartModal workflow={workflow} onDismiss={() => setStarting(false)} />}
    </Page>
  );
}

function Found({ workflow }: { workflow: Schema["Workflow"] }) {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const asked = search.get("tab") ?? "";
  const version = workflow.versions.find((one) => String(one.version) === search.get("version"))?.version ?? null;
  const change = (name: string, value: string | null): void => {
    const next = new URLSearchParams(search);
    if (value === null) next.delete(name);
    else next.set(name, value);
    void navigate({ search: next.toString() }, { replace: name === "tab" });
  };
  const shown = useVersion(workflow.name, version);
  const deployed = version === null ? workflow : shown.data;
  return (
    <SpaceBetween size="m">
      {workflow.versions.length > 0 && (
        <VersionField
          workflow={workflow}
          version={version}
          onChange={(next) => change("version", next === null ? null : String(next))}
        />
      )}
      {shown.isError && <ErrorPanel error={shown.error} what="This version can't be shown" retry={shown.refetch} />}
      {deployed && <DeployedFacts deployed={deployed} />}
      <Tabs
        activeTabId={TABS.includes(asked) ? asked : "graph"}
        onChange={({ detail }) => change("tab", detail.activeTabId)}
        ariaLabel="About the workflow"
        tabs={[
          {
            id: "graph",
            label: "Graph",
            content: deployed ? (
              <WorkflowGraph workflow={workflow.name} definition={deployed.definition} checked={version === null} />
            ) : (
              <Loading />
            ),
          },
          {
            id: "definition",
            label: "Definition",
            content: deployed ? (
              <Payload label={`Definition of ${workflow.name}`} text={deployed.definition} height={600} />
            ) : (
              <Loading />
            ),
          },
          { id: "versions", label: "Versions and aliases", content: <Versions workflow={workflow} /> },
          { id: "checks", label: "Checks", content: <Checks workflow={workflow.name} /> },
          { id: "input", label: "Input", content: <InputTab workflow={workflow} /> },
        ]}
      />
    </SpaceBetween>
  );
}

function useVersion(workflow: string, version: number | null) {
  return useQuery({
    queryKey: [...keys.workflows, workflow, version],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/workflows/{workflow}/versions/{version}", {
          params: { path: { workflow, version: version ?? 1 } },
          signal,
        }),
      ),
    enabled: version !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

interface VersionFieldProps {
  workflow: Schema["Workflow"];
  version: number | null;
  onChange: (version: number | null) => void;
}

function VersionField({ workflow, version, onChange }: VersionFieldProps) {
  const options = [
    { value: "", label: "As it is deployed" },
    ...workflow.versions.map((one) => ({ value: String(one.version), label: `Version ${one.version}` })),
  ];
  return (
    <Select
      inlineLabelText="Shown"
      selectedOption={options.find(({ value }) => value === String(version ?? "")) ?? null}
      options={options}
      onChange={({ detail }) => onChange(detail.selectedOption.value ? Number(detail.selectedOption.value) : null)}
      expandToViewport
    />
  );
}
