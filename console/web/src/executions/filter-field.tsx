import FormField from "@cloudscape-design/components/form-field";
import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../api/client";
import { keys } from "../api/queries";
import { statusInWords } from "../app/status";
import { type Filter, filterOf, STATUSES, tokensOf } from "./filter";
import { MomentField } from "./moment-field";

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const MOMENT = { form: MomentField, format: (value: unknown) => LOCAL.format(new Date(String(value))) };

const PROPERTIES: PropertyFilterProps.FilteringProperty[] = [
  { key: "workflow", propertyLabel: "Workflow", groupValuesLabel: "Workflows" },
  { key: "status", propertyLabel: "Status", groupValuesLabel: "Statuses" },
  { key: "error", propertyLabel: "Error", groupValuesLabel: "Names of errors" },
  {
    key: "started",
    propertyLabel: "Started",
    groupValuesLabel: "Times",
    defaultOperator: ">=",
    operators: [
      { operator: ">=", ...MOMENT },
      { operator: "<", ...MOMENT },
    ],
  },
  { key: "campaign", propertyLabel: "Campaign", groupValuesLabel: "vendor/campaign id" },
];

const STATUS_OPTIONS = STATUSES.map((value) => ({ propertyKey: "status", value, label: statusInWords(value) }));

/** The field in which a filter is put together. */
export function FilterField({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const [wrong, setWrong] = useState<string | null>(null);
  const workflows = useQuery({
    queryKey: [...keys.workflows],
    queryFn: ({ signal }) => answer(api.GET("/workflows", { signal })),
    staleTime: 300_000,
  });
  const options = (workflows.data?.workflows ?? []).map((value) => ({ propertyKey: "workflow", value }));
  return (
    <FormField errorText={wrong ?? ""} stretch>
      <div data-filter>
        <PropertyFilter
          query={{ operation: "and", tokens: tokensOf(filter) }}
          onChange={({ detail }) => {
            const read = filterOf(detail.tokens);
            setWrong(read.wrong);
            onChange(read.filter);
          }}
          filteringProperties={PROPERTIES}
          filteringOptions={[...options, ...STATUS_OPTIONS]}
          filteringPlaceholder="Filter by workflow, status, error, start or campaign"
          filteringAriaLabel="Filter the executions"
          filteringStatusType={workflows.isPending ? "loading" : "finished"}
          hideOperations
          disableFreeTextFiltering
        />
      </div>
    </FormField>
  );
}
