import { workflowPath } from "./paths";

interface Crumb {
  text: string;
  href: string;
}

/** The way to a page. An execution is below its workflow, whose executions the list is filtered by. */
export function crumbsOf(pathname: string): Crumb[] {
  const [section, ...rest] = pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decoded);
  switch (section) {
    case "executions": {
      const [workflow, name] = rest;
      if (workflow === undefined || name === undefined) return [];
      return [
        { text: "Executions", href: "/executions" },
        { text: workflow, href: `/executions?workflow=${encodeURIComponent(workflow)}` },
        { text: name, href: pathname },
      ];
    }
    case "workflows":
      return rest[0] === undefined
        ? []
        : [
            { text: "Workflows", href: "/workflows" },
            { text: rest[0], href: workflowPath(rest[0]) },
          ];
    case "failures":
      return rest[0] === undefined
        ? []
        : [
            { text: "Failures", href: "/failures" },
            { text: rest[0], href: pathname },
          ];
    default:
      return [];
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
