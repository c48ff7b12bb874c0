import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { lengthOf } from "../app/periods";
import { Status } from "../app/status";
import { Duration, Time } from "../app/time";
import type { Attempt, History, Visit } from "../history/model";
import { Payload } from "../payload";
import { Facts } from "./facts";
import { ProblemText } from "./problem-text";
import { attemptData } from "./visit-data";

/** The newest ones; a state with more has been tried for long. */
const SHOWN = 50;

/** The attempts of a visit, the newest first: how long each took, what came between, what it was given and answered. */
export function Attempts({ history, visit }: { history: History; visit: Visit }) {
  const all = visit.attempts.map((attempt, index) => ({ attempt, number: index + 1 })).reverse();
  if (all.length === 0) return <p>There is nothing to attempt in a state of type {visit.type}.</p>;
  return (
    <SpaceBetween size="xs">
      {all.slice(0, SHOWN).map(({ attempt, number }) => (
        <ExpandableSection
          key={number}
          variant="footer"
          defaultExpanded={all.length === 1}
          headerText={<Head attempt={attempt} number={number} />}
        >
          <Content history={history} attempt={attempt} label={`attempt ${number} of ${visit.name}`} />
        </ExpandableSection>
      ))}
      {all.length > SHOWN && <p>and {all.length - SHOWN} earlier ones</p>}
    </SpaceBetween>
  );
}

function Head({ attempt, number }: { attempt: Attempt; number: number }) {
  const began = attempt.scheduledAt ?? attempt.startedAt;
  return (
    <span className="execution-attempt">
      Attempt {number} <Status status={attempt.status} />
      {began !== null && <Duration from={began} to={attempt.endedAt} />}
      {attempt.delay !== null && <span>{lengthOf(attempt.delay)} after the one before</span>}
      {attempt.redriven && <span>by a redrive</span>}
    </span>
  );
}

function Content({ history, attempt, label }: { history: History; attempt: Attempt; label: string }) {
  const { parameters, result } = attemptData(history, attempt);
  return (
    <SpaceBetween size="m">
      <Facts
        facts={[
          ["Scheduled", <Time key="at" at={attempt.scheduledAt} precise />],
          ["Started", attempt.startedAt !== null && <Time key="at" at={attempt.startedAt} precise />],
          ["Ended", attempt.endedAt !== null && <Time key="at" at={attempt.endedAt} precise />],
          ["Timeout", attempt.timeoutSeconds !== null && lengthOf(attempt.timeoutSeconds * 1000)],
          ["Heartbeat", attempt.heartbeatSeconds !== null && lengthOf(attempt.heartbeatSeconds * 1000)],
          ["Flows", attempt.scopes.length > 0 && attempt.scopes.length.toLocaleString("en")],
        ]}
      />
      {(attempt.error !== null || attempt.cause !== null) && (
        <ProblemText error={attempt.error} cause={attempt.cause} label={label} />
      )}
      {parameters !== null && <Named title="Parameters" label={label} text={parameters} />}
      {result !== null && <Named title="Result" label={label} text={result} />}
    </SpaceBetween>
  );
}

function Named({ title, label, text }: { title: string; label: string; text: string }) {
  return (
    <div>
      <h4 className="execution-title">{title}</h4>
      <Payload label={`${title} of ${label}`} text={text} height={260} />
    </div>
  );
}
