import SideNavigation from "@cloudscape-design/components/side-navigation";
import { useLocation, useNavigate } from "react-router";

const ITEMS = [
  { text: "Overview", href: "/overview" },
  { text: "Executions", href: "/executions" },
  { text: "Failures", href: "/failures" },
  { text: "Workflows", href: "/workflows" },
  { text: "Audit trail", href: "/audit" },
  { text: "Viewer", href: "/viewer" },
];

export function Navigation({ onFollowed }: { onFollowed: () => void }) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const active = ITEMS.find(({ href }) => pathname === href || pathname.startsWith(`${href}/`));
  return (
    <SideNavigation
      items={ITEMS.map((item) => ({ ...item, type: "link" as const }))}
      activeHref={active?.href ?? ""}
      onFollow={(event) => {
        event.preventDefault();
        onFollowed();
        void navigate(event.detail.href);
      }}
    />
  );
}
