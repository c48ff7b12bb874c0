import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { type ReactNode, useMemo, useState } from "react";
import { lengthOf } from "../app/periods";
import { Duration, Time } from "../app/time";
import type { History, Visit } from "../history/model";
import { Payload, PayloadDiff } from "../payload";
import { Attempts } from "./attempts";
import type { StateInDefinition } from "./definition";
import { Facts } from "./facts";
import { ProblemText } from "./problem-text";
import { assignedBy, type Variable, variablesAt } from "./variables";
import { visitData } from "./visit-data";
import { VisitEvents } from "./visit-events";

interface VisitDetailsProps {
  history: History;
  visit: Visit;
  state: StateInDefinition | undefined;
}

const INPUT = { jsonPath: "$", jsonata: "$states.input" };
const PLAIN = { jsonPath: "$", jsonata: "$" };

/** All that is known of one visit to a state. */
export function VisitDetails({ history, visit, state }: VisitDetailsProps) {
  const [tab, setTab] = useState("input");
  const { input, output } = useMemo(() => visitData(history, visit), [history, visit]);
  const read = useMemo(() => variablesAt(history, visit.index), [history, visit]);
  const assigned = useMemo(() => assignedBy(history, visit.index), [history, visit]);
  const of = (what: string) => `${what} of ${visit.name}`;
  const tabs: { id: string; label: string; content: ReactNode }[] = [
    {
      id: "input",
      label: "Input",
      content: <Known label={of("Input")} text={input} roots={INPUT} none="No input is in the history." />,
    },
    {
      id: "output",
      label: "Output",
      content: (
        <Known
          label={of("Output")}
          text={output}
          none={visit.ended ? "It was not left, so it has no output." : "It is not over yet."}
        />
      ),
    },
  ];
  if (input !== null && output !== null) {
    tabs.push({
      id: "diff",
      label: "Difference",
      content: <PayloadDiff label={of("Input and output")} left={input} right={output} />,
    });
  }
  if (visit.attempts.length > 0) {
    tabs.push({
      id: "attempts",
      label: visit.attempts.length > 1 ? `Attempts (${visit.attempts.length})` : "Attempt",
      content: <Attempts history={history} visit={visit} />,
    });
  }
  if (read.length + assigned.length > 0) {
    tabs.push({ id: "variables", label: "Variables", content: <Variables read={read} assigned={assigned} /> });
  }
  tabs.push({
    id: "events",
    label: `Events (${visit.events.length})`,
    content: <VisitEvents history={history} events={visit.events} />,
  });
  if (state !== undefined) {
    tabs.push({
      id: "definition",
      label: "Definition",
      content: <Payload label={of("Definition")} text={state.text} />,
    });
  }
  return (
    <SpaceBetween size="m">
      <VisitFacts visit={visit} state={state} />
      {(visit.error !== null || visit.cause !== null) && (
        <ProblemText error={visit.error} cause={visit.cause} label={visit.name} />
      )}
      <Tabs
        ariaLabel={`Details of ${visit.name}`}
        tabs={tabs}
        activeTabId={tabs.some(({ id }) => id === tab) ? tab : "input"}
        onChange={({ detail }) => setTab(detail.activeTabId)}
      />
    </SpaceBetween>
  );
}

function VisitFacts({ visit, state }: { visit: Visit; state: StateInDefinition | undefined }) {
  const attempt = visit.attempts.at(-1);
  const timeout = attempt?.timeoutSeconds ?? null;
  const heartbeat = attempt?.heartbeatSeconds ?? null;
  return (
    <Facts
      facts={[
        ["Entered", <Time key="at" at={visit.enteredAt} precise />],
        ["Duration", visit.enteredAt !== null && <Duration key="for" from={visit.enteredAt} to={visit.endedAt} />],
        [
          "Resource",
          (state?.resource ?? attempt?.resource ?? null) !== null && (
            <code className="execution-code">{state?.resource ?? attempt?.resource}</code>
          ),
        ],
        ["Timeout", inWords(timeout, state?.timeout)],
        ["Heartbeat", inWords(heartbeat, state?.heartbeat)],
        ["Comment", (state?.comment ?? null) !== null && state?.comment],
      ]}
    />
  );
}

/** The seconds of the history, else what the definition says: a number, or the path that gives it. */
function inWords(seconds: number | null, defined: string | null | undefined): ReactNode {
  if (seconds !== null) return lengthOf(seconds * 1000);
  if (defined === null || defined === undefined) return false;
  return /^\d+$/.test(defined) ? lengthOf(Number(defined) * 1000) : <code className="execution-code">{defined}</code>;
}

interface KnownProps {
  label: string;
  text: string | null;
  none: string;
  roots?: { jsonPath: string; jsonata: string };
}

function Known({ label, text, none, roots = PLAIN }: KnownProps) {
  return text === null ? <p>{none}</p> : <Payload label={label} text={text} roots={roots} />;
}

function Variables({ read, assigned }: { read: Variable[]; assigned: Variable[] }) {
  return (
    <SpaceBetween size="m">
      {assigned.length > 0 && <VariableList title="Assigned here" variables={assigned} />}
      {read.length > 0 && <VariableList title="Set before" variables={read} />}
    </SpaceBetween>
  );
}

function VariableList({ title, variables }: { title: string; variables: Variable[] }) {
  return (
    <div>
      <h4 className="execution-title">{title}</h4>
      <SpaceBetween size="s">
        {variables.map(({ name, value, state }) => (
          <div key={name}>
            <code className="execution-code">${name}</code> by {state}
            <Payload
              label={`Variable ${name}`}
              text={value}
              roots={{ jsonPath: `$${name}`, jsonata: `$${name}` }}
              height={160}
            />
          </div>
        ))}
      </SpaceBetween>
    </div>
  );
}
