import { Page } from "../app/page";

/** How the platform is doing. */
export default function OverviewPage() {
  return <Page title="Overview">{null}</Page>;
}
