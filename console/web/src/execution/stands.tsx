import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import { useMemo } from "react";
import { Status } from "../app/status";
import { Time } from "../app/time";
import type { History } from "../history/model";
import type { StateInDefinition } from "./definition";
import { type OpenVisit, openVisits } from "./open-visits";
import "./execution.css";

const SHOWN = 5;

interface StandsProps {
  history: History;
  states: ReadonlyMap<string, StateInDefinition>;
  /** Leave out the states that wait for a token: they are shown elsewhere. */
  withoutWaits: boolean;
  onSelect: (visit: number) => void;
}

/** Where the execution stands: the states that it is in, since when, and until when at the longest. */
export function Stands({ history, states, withoutWaits, onSelect }: StandsProps) {
  const { shown, total } = useMemo(
    () => openVisits(history, states, SHOWN, withoutWaits),
    [history, states, withoutWaits],
  );
  if (total === 0) return null;
  return (
    <Box>
      <ul className="execution-stands" aria-label="Where it stands">
        {shown.map((open) => (
          <li key={open.visit.index}>
            <Stand open={open} onSelect={onSelect} />
          </li>
        ))}
        {total > SHOWN && <li>and {(total - SHOWN).toLocaleString("en")} more</li>}
      </ul>
    </Box>
  );
}

function Stand({ open, onSelect }: { open: OpenVisit; onSelect: (visit: number) => void }) {
  const { visit, attempt, since, until, heartbeat } = open;
  return (
    <div className="execution-stand">
      <Link
        href={`?state=${encodeURIComponent(visit.name)}`}
        onFollow={(event) => {
          event.preventDefault();
          onSelect(visit.index);
        }}
      >
        {visit.name}
      </Link>
      <Status status={visit.status} />
      <span>
        {doing(open)} <Time at={since} show="age" />
      </span>
      {attempt !== null && visit.attempts.length > 1 && <span>attempt {visit.attempts.length}</span>}
      {heartbeat !== null && (
        <span>
          heartbeat due <Time at={heartbeat} show="age" />, unless one came
        </span>
      )}
      {until !== null ? (
        <span>
          {visit.type === "Wait" ? "goes on" : "times out"} <Time at={until} show="age" />
        </span>
      ) : (
        attempt?.waitsForToken && <Box color="text-status-warning">without a timeout</Box>
      )}
    </div>
  );
}

function doing({ visit, attempt }: OpenVisit): string {
  if (visit.status === "WAITING" || attempt?.status === "WAITING") return "waits for its callback, began";
  if (visit.status === "RETRYING") return "failed, waits for its next attempt; last one began";
  return visit.type === "Wait" ? "waits, entered" : "runs, began";
}
