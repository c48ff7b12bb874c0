import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Status } from "../app/status";
import type { History, Visit } from "../history/model";
import { Payload } from "../payload";
import type { StateInDefinition } from "./definition";
import { VisitDetails } from "./visit-details";

interface StateDetailsProps {
  history: History;
  name: string;
  state: StateInDefinition | undefined;
  /** The visits to it that are shown, and which one is looked at; null where it was not entered. */
  visits: readonly number[];
  visit: number | null;
  onVisit: (visit: number) => void;
  onClose: () => void;
}

/** The state that is selected: what went in, what came out, and what happened in between. */
export function StateDetails({ history, name, state, visits, visit, onVisit, onClose }: StateDetailsProps) {
  const found = visit === null ? undefined : history.visits[visit];
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={found?.type ?? state?.type ?? ""}
          info={found !== undefined && <Status status={found.status} />}
          actions={
            <SpaceBetween direction="horizontal" size="xxs" alignItems="center">
              {found !== undefined && visits.length > 1 && <Visits visits={visits} visit={found} onVisit={onVisit} />}
              <Button variant="icon" iconName="close" ariaLabel={`Close the details of ${name}`} onClick={onClose} />
            </SpaceBetween>
          }
        >
          {name}
        </Header>
      }
    >
      {found !== undefined ? (
        <VisitDetails history={history} visit={found} state={state} />
      ) : (
        <SpaceBetween size="m">
          <p>{state === undefined ? "There is no such state." : "The execution has not entered this state."}</p>
          {state !== undefined && <Payload label={`Definition of ${name}`} text={state.text} />}
        </SpaceBetween>
      )}
    </Container>
  );
}

interface VisitsProps {
  visits: readonly number[];
  visit: Visit;
  onVisit: (visit: number) => void;
}

function Visits({ visits, visit, onVisit }: VisitsProps) {
  const at = visits.indexOf(visit.index);
  const go = (to: number) => {
    const next = visits[to];
    if (next !== undefined) onVisit(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a look and a layout of its own
    <span role="group" aria-label="Visits" className="execution-visits">
      <Button
        variant="icon"
        iconName="angle-left"
        ariaLabel="Visit before"
        disabled={at <= 0}
        onClick={() => go(at - 1)}
      />
      visit {at + 1} of {visits.length.toLocaleString("en")}
      <Button
        variant="icon"
        iconName="angle-right"
        ariaLabel="Next visit"
        disabled={at >= visits.length - 1}
        onClick={() => go(at + 1)}
      />
    </span>
  );
}
