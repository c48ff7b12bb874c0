import Container from "@cloudscape-design/components/container";
import type { Schema } from "../api/client";
import { PageLink } from "../app/link";

/** The figures that say at a glance whether somebody has to act, each leading to what it counts. */
export function Figures({ overview: { all, since, failures, dead_letters } }: { overview: Schema["Overview"] }) {
  const started = `started_after=${encodeURIComponent(since)}`;
  return (
    <Container>
      <dl className="baton-figures">
        <Figure label="Running" count={all.running} to="/executions?status=RUNNING" />
        <Figure label="Waiting for a webhook" count={all.waiting} />
        <Figure label="Succeeded" count={all.succeeded} to={`/executions?status=SUCCEEDED&${started}`} />
        <Figure label="Failed" count={all.failed} to={`/executions?status=FAILED&${started}`} bad />
        <Figure label="Timed out" count={all.timed_out} to={`/executions?status=TIMED_OUT&${started}`} bad />
        <Figure label="Aborted" count={all.aborted} to={`/executions?status=ABORTED&${started}`} />
        <Figure label="In the failure queue" count={failures} to="/failures" bad />
        <Figure label="Dead letters" count={dead_letters} to="/failures?queue=dead-letters" bad />
      </dl>
    </Container>
  );
}

interface FigureProps {
  label: string;
  count: number;
  to?: string;
  /** Whether more than none is bad. */
  bad?: boolean;
}

function Figure({ label, count, to, bad = false }: FigureProps) {
  const words = count.toLocaleString();
  return (
    <div className={bad && count > 0 ? "baton-figure baton-figure-bad" : "baton-figure"}>
      <dt>{label}</dt>
      <dd>
        {to === undefined ? (
          words
        ) : (
          <PageLink to={to} fontSize="heading-xl" ariaLabel={`${label}: ${words}`}>
            {words}
          </PageLink>
        )}
      </dd>
    </div>
  );
}
