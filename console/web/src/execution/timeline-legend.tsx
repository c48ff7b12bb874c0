import { STATUS_TEXT } from "../graph/statuses";
import type { History, StateStatus } from "../history/model";

const ORDER: readonly StateStatus[] = [
  "RUNNING",
  "WAITING",
  "RETRYING",
  "SUCCEEDED",
  "CAUGHT",
  "FAILED",
  "TIMED_OUT",
  "ABORTED",
];

/** What the colours and shapes mean; only the statuses that occur. */
export function Legend({ history }: { history: History }) {
  const occur = new Set<StateStatus>();
  for (const { status } of history.states.values()) occur.add(status);
  for (const { status, attempts } of history.visits) {
    occur.add(status);
    for (const attempt of attempts) occur.add(attempt.status);
    if (occur.size === ORDER.length) break;
  }
  return (
    <ul className="timeline-legend" aria-label="What the bars mean">
      {ORDER.filter((status) => occur.has(status)).map((status) => (
        <li key={status}>
          <Sample className={`timeline-work is-${status.toLowerCase()}`} /> {STATUS_TEXT[status]}
        </li>
      ))}
      <li>
        <Sample className="timeline-wait is-aborted" /> waits
      </li>
      <li>
        <Sample className="timeline-thin is-aborted" /> between attempts
      </li>
    </ul>
  );
}

function Sample({ className }: { className: string }) {
  const thin = className.startsWith("timeline-thin");
  return (
    <svg width={18} height={12} aria-hidden="true">
      <rect className={className} x={1} y={thin ? 4 : 1} width={16} height={thin ? 4 : 10} />
    </svg>
  );
}
