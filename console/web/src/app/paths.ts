/** The addresses of pages about one thing. */

export function executionPath(workflow: string, name: string): string {
  return `/executions/${encodeURIComponent(workflow)}/${encodeURIComponent(name)}`;
}

export function workflowPath(workflow: string): string {
  return `/workflows/${encodeURIComponent(workflow)}`;
}

export function failurePath(id: string, deadLetter: boolean): string {
  return `/failures/${encodeURIComponent(id)}${deadLetter ? "?queue=dead-letters" : ""}`;
}
