import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FileDropzone, { useFilesDragging } from "@cloudscape-design/components/file-dropzone";
import FileInput from "@cloudscape-design/components/file-input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { Page } from "../app/page";
import { Status } from "../app/status";
import { Duration, Time } from "../app/time";
import type { ExecutionData } from "../execution/data";
import { ExecutionView } from "../execution/view";
import { MOST_BYTES, readFile } from "./file";

interface Opened {
  data: ExecutionData | null;
  notes: readonly string[];
  /** What is wrong with a file, by its name. */
  problems: readonly string[];
}

const NOTHING: Opened = { data: null, notes: [], problems: [] };

/** Shows an execution from a file. Nothing of it leaves the browser. */
export default function ViewerPage() {
  const [opened, setOpened] = useState(NOTHING);
  const [reading, setReading] = useState(false);
  const [, setParams] = useSearchParams();
  const open = async (files: readonly File[]) => {
    if (files.length === 0) return;
    setReading(true);
    const next = await read(files, opened.data);
    setReading(false);
    setOpened(next);
    if (next.data?.history !== opened.data?.history) setParams({}, { replace: true });
  };
  const { data, notes, problems } = opened;
  return (
    <Page
      title={data === null ? "Viewer" : (data.name ?? "An execution")}
      info={data !== null && <Status status={data.status} />}
      description={data === null ? "Shows an execution from a file, without a server." : <Described data={data} />}
      actions={data !== null && <Button onClick={() => setOpened(NOTHING)}>Close the file</Button>}
    >
      <SpaceBetween size="l">
        {problems.map((problem) => (
          <Alert key={problem} type="error" header="The file can't be shown">
            {problem}
          </Alert>
        ))}
        {notes.map((note) => (
          <Alert key={note} type="warning">
            {note}
          </Alert>
        ))}
        {(data === null || data.definition === null) && (
          <Choose
            reading={reading}
            missing={data === null ? "history" : "definition"}
            onFiles={(files) => void open(files)}
          />
        )}
        {data !== null && <ExecutionView key={data.history.lastId} data={data} />}
      </SpaceBetween>
    </Page>
  );
}

interface ChooseProps {
  reading: boolean;
  missing: "history" | "definition";
  onFiles: (files: File[]) => void;
}

function Choose({ reading, missing, onFiles }: ChooseProps) {
  const { areFilesDragging } = useFilesDragging();
  return (
    <Container>
      <SpaceBetween size="s">
        {missing === "history" ? (
          <div>
            Choose what “Export” on the page of an execution has saved, or what{" "}
            <code className="execution-code">aws stepfunctions get-execution-history</code> has printed as JSON; with
            the definition of the state machine as a second file, if you have it. The files stay on this computer.
          </div>
        ) : (
          <div>
            The file has no definition, so there is no graph. Add the definition of the state machine to see one.
          </div>
        )}
        <FileInput multiple accept=".json,application/json" value={[]} onChange={({ detail }) => onFiles(detail.value)}>
          {reading ? "Reading…" : "Choose files"}
        </FileInput>
        {areFilesDragging && (
          <FileDropzone onChange={({ detail }) => onFiles(detail.value)}>Drop the files here</FileDropzone>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Described({ data }: { data: ExecutionData }) {
  return (
    <span className="execution-description">
      {data.workflow !== null && <span>{data.workflow}</span>}
      <span>
        started <Time at={data.startedAt} />
      </span>
      {data.startedAt !== null && data.endedAt !== null && (
        <span>
          took <Duration from={data.startedAt} to={data.endedAt} />
        </span>
      )}
      <span>{data.history.events.length.toLocaleString("en")} events, from a file</span>
    </span>
  );
}

/** What files give: a history, and a definition for it or for the one that is shown. */
async function read(files: readonly File[], shown: ExecutionData | null): Promise<Opened> {
  let next: Opened = { data: shown, notes: [], problems: [] };
  let definition: string | null = null;
  for (const file of files) {
    const content = await readOne(file);
    if (content.kind === "problem")
      next = { ...next, problems: [...next.problems, `${file.name}: ${content.problem}`] };
    else if (content.kind === "definition") definition = content.definition;
    else next = { ...next, data: content.data, notes: content.notes };
  }
  if (definition === null) return next;
  if (next.data !== null) return { ...next, data: { ...next.data, definition } };
  return { ...next, problems: [...next.problems, "A definition alone shows no execution: choose a history with it."] };
}

async function readOne(file: File): Promise<ReturnType<typeof readFile>> {
  if (file.size > MOST_BYTES) return { kind: "problem", problem: "It is larger than 400 MB." };
  try {
    return readFile(await file.text());
  } catch {
    return { kind: "problem", problem: "The browser could not read it." };
  }
}
