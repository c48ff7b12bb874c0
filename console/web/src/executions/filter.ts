/** The filter of the list of executions, as it stands in the address and as the filter field shows it. */

/** What the API takes, checked: whatever is in here can be asked for. */
export interface Filter {
  workflow?: string;
  status?: ExecutionStatus;
  error?: string;
  started_after?: string;
  started_before?: string;
  vendor?: string;
  campaign_id?: string;
}

export const STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"] as const;
export type ExecutionStatus = (typeof STATUSES)[number];

/** A token of the filter field, as Cloudscape's PropertyFilter has them. */
export interface Token {
  propertyKey?: string;
  operator: string;
  value: string;
}

const WORKFLOW = /^[A-Za-z0-9_-]{1,80}$/;
const VENDOR = /^[a-z][a-z0-9-]{0,31}$/;
const CAMPAIGN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const MAX_ERROR = 256;

/** Read the filter in an address; what the API would refuse is left out. */
export function filterIn(search: URLSearchParams): Filter {
  const given = (name: string): string => search.get(name) ?? "";
  const vendor = given("vendor");
  const campaign = given("campaign_id");
  return {
    ...(WORKFLOW.test(given("workflow")) && { workflow: given("workflow") }),
    ...(isStatus(given("status")) && { status: given("status") as ExecutionStatus }),
    ...(isError(given("error")) && { error: given("error") }),
    ...momentAs("started_after", given("started_after")),
    ...momentAs("started_before", given("started_before")),
    ...(VENDOR.test(vendor) && CAMPAIGN.test(campaign) && { vendor, campaign_id: campaign }),
  };
}

export function searchOf(filter: Filter): URLSearchParams {
  return new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== undefined));
}

export function tokensOf(filter: Filter): Token[] {
  const tokens: Token[] = [];
  const add = (propertyKey: string, operator: string, value: string | undefined): void => {
    if (value !== undefined) tokens.push({ propertyKey, operator, value });
  };
  add("workflow", "=", filter.workflow);
  add("status", "=", filter.status);
  add("error", "=", filter.error);
  add("started", ">=", filter.started_after);
  add("started", "<", filter.started_before);
  if (filter.vendor !== undefined && filter.campaign_id !== undefined) {
    add("campaign", "=", `${filter.vendor}/${filter.campaign_id}`);
  }
  return tokens;
}

/** Read the tokens. Of two for the same thing the later one holds; `wrong` says what is no filter. */
export function filterOf(tokens: readonly Token[]): { filter: Filter; wrong: string | null } {
  const filter: Filter = {};
  let wrong: string | null = null;
  for (const token of tokens) {
    const part = partOf(token);
    if (typeof part === "string") wrong = part;
    else Object.assign(filter, part);
  }
  return { filter, wrong };
}

function partOf({ propertyKey, operator, value }: Token): Filter | string {
  switch (propertyKey) {
    case "workflow":
      return WORKFLOW.test(value) ? { workflow: value } : `“${value}” is no name of a workflow.`;
    case "status":
      return isStatus(value) ? { status: value } : `“${value}” is no status. There are ${STATUSES.join(", ")}.`;
    case "error":
      return isError(value) ? { error: value } : `The name of an error has 1 to ${MAX_ERROR} characters.`;
    case "started": {
      const part = momentAs(operator === "<" ? "started_before" : "started_after", value);
      return Object.keys(part).length > 0 ? part : `“${value}” is no time. Write it like 2026-03-01T10:00Z.`;
    }
    case "campaign":
      return campaignIn(value);
    default:
      return "Choose what to filter by: workflow, status, error, start or campaign.";
  }
}

function campaignIn(value: string): Filter | string {
  const slash = value.indexOf("/");
  const vendor = value.slice(0, slash);
  const campaign_id = value.slice(slash + 1);
  if (slash > 0 && VENDOR.test(vendor) && CAMPAIGN.test(campaign_id)) return { vendor, campaign_id };
  return `“${value}” is no campaign. Write the vendor and its id of the campaign: mailchimp/42694e9e57.`;
}

function isStatus(text: string): text is ExecutionStatus {
  return (STATUSES as readonly string[]).includes(text);
}

function isError(text: string): boolean {
  return text !== "" && [...text].length <= MAX_ERROR;
}

/** A moment with a zone, as the API wants it. A date or time without one is taken to be in the zone of whoever looks. */
function momentAs(name: "started_after" | "started_before", text: string): Filter {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return {};
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? {} : { [name]: moment.toISOString() };
}
