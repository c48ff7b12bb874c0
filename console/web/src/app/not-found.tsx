import Box from "@cloudscape-design/components/box";
import { useLocation } from "react-router";
import { PageLink } from "./link";
import { Page } from "./page";

export function NotFound() {
  const { pathname } = useLocation();
  return (
    <Page title="There is no such page">
      <Box>
        No page of the console is at <Box variant="code">{pathname}</Box>. <PageLink to="/overview">Overview</PageLink>
      </Box>
    </Page>
  );
}
