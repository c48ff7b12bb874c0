import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import { useId } from "react";

/** A date and time in the zone of whoever looks; its value is ISO 8601 in UTC. */
export function MomentField({ value, onChange }: PropertyFilterProps.ExtendedOperatorFormProps<string>) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>Date and time</label>
      <br />
      <input
        id={id}
        type="datetime-local"
        className="baton-moment"
        value={typeof value === "string" && value !== "" ? localOf(value) : ""}
        onChange={({ target }) => {
          const moment = new Date(target.value);
          onChange(Number.isNaN(moment.getTime()) ? null : moment.toISOString());
        }}
      />
    </div>
  );
}

/** `2026-03-01T10:00` in this zone, as the field wants it. */
function localOf(iso: string): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return "";
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
