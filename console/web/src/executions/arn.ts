/** The workflow and name in the ARN of an execution, null where it is none. A child of a Map Run is `LABEL:ID`. */
export function executionIn(arn: string): { workflow: string; name: string } | null {
  const [prefix, , service, , , kind, ...rest] = arn.split(":");
  if (prefix !== "arn" || service !== "states" || (kind !== "execution" && kind !== "express")) return null;
  const [, workflow, name] = /^([^:/]+)[:/](.+)$/.exec(rest.join(":")) ?? [];
  return workflow !== undefined && name !== undefined ? { workflow, name } : null;
}
