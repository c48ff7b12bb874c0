import type { ReactNode } from "react";
import { isRecord } from "../history/event";
import type { PlacedEvent } from "../history/model";
import { Marked, Payload } from "../payload";

const PAYLOAD_HEIGHT = 260;
/** Longer texts get a viewer of their own. */
const SHORT = 200;

/** Everything that an event says. */
export function EventDetails({ event, query }: { event: PlacedEvent; query: string }) {
  const { details, raw, type } = event;
  const fields = Object.entries(details);
  if (type === "" || fields.length === 0) {
    const known = isRecord(raw) && Object.keys(raw).every((key) => KNOWN.has(key));
    if (known) return <p className="events-nothing">The event has no details.</p>;
    return <Payload label={nameOf(event)} text={asText(raw)} height={PAYLOAD_HEIGHT} />;
  }
  return (
    <dl className="events-fields">
      {fields.map(([key, value]) => (
        <Field key={key} name={key}>
          {isShort(value) ? (
            <Marked text={asText(value)} query={query} />
          ) : (
            <Payload label={`${key} of ${nameOf(event)}`} text={asText(value)} height={PAYLOAD_HEIGHT} />
          )}
        </Field>
      ))}
    </dl>
  );
}

const KNOWN = new Set(["id", "previousEventId", "type", "timestamp"]);

function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="events-field">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function nameOf({ id, type }: PlacedEvent): string {
  return id === null ? `event ${type}` : `event ${id}, ${type}`;
}

function isShort(value: unknown): boolean {
  if (typeof value === "string") return value.length < SHORT && !/^\s*[[{]/.test(value);
  return typeof value !== "object" || value === null;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}
