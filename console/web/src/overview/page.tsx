import Header from "@cloudscape-design/components/header";

/** How the platform is doing. */
export default function OverviewPage() {
  return <Header variant="h1">Overview</Header>;
}
