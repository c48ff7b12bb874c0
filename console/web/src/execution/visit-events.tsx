import ExpandableSection from "@cloudscape-design/components/expandable-section";
import { Time } from "../app/time";
import type { History } from "../history/model";
import { Payload } from "../payload";
import { eventsOf } from "./visit-data";

/** More are in the list of all events. */
const SHOWN = 100;

/** The events of one visit, each with its details. */
export function VisitEvents({ history, events }: { history: History; events: readonly number[] }) {
  return (
    <>
      {eventsOf(history, events.slice(0, SHOWN)).map(({ index, id, type, at, raw }) => (
        <ExpandableSection
          key={index}
          variant="footer"
          headerText={
            <span className="execution-attempt">
              {id} {type} <Time at={at} precise />
            </span>
          }
        >
          <Payload label={`Event ${id ?? ""}`} text={JSON.stringify(raw)} height={300} />
        </ExpandableSection>
      ))}
      {events.length > SHOWN && <p>and {events.length - SHOWN} more: see the events of the execution</p>}
    </>
  );
}
