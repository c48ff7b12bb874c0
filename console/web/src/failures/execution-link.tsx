import { PageLink } from "../app/link";
import { executionPath } from "../app/paths";
import { executionIn } from "../executions/arn";

/** The execution with an ARN, as a link where it is one. */
export function ExecutionLink({ arn }: { arn: string }) {
  const found = executionIn(arn);
  if (found === null) return <>{arn}</>;
  return <PageLink to={executionPath(found.workflow, found.name)}>{found.name}</PageLink>;
}
