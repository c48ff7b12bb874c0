import { type ComponentType, lazy } from "react";

/** Every page with its address (react-router's patterns), loaded when it is first gone to. */
export const PAGES: readonly { path: string; Page: ComponentType }[] = [
  { path: "/overview", Page: lazy(() => import("../overview/page")) },
  { path: "/executions", Page: lazy(() => import("../executions/page")) },
  { path: "/executions/:workflow/:name", Page: lazy(() => import("../execution/page")) },
  { path: "/failures", Page: lazy(() => import("../failures/page")) },
  { path: "/failures/:id", Page: lazy(() => import("../failures/detail-page")) },
  { path: "/workflows", Page: lazy(() => import("../workflows/page")) },
  { path: "/workflows/:workflow", Page: lazy(() => import("../workflows/workflow-page")) },
  { path: "/audit", Page: lazy(() => import("../audit/page")) },
];

/** Pages that need no sign-in: they show what is on this computer. */
export const OPEN_PAGES: readonly { path: string; Page: ComponentType }[] = [
  { path: "/viewer", Page: lazy(() => import("../viewer/page")) },
];
