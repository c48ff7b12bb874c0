import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { useLocation, useNavigate } from "react-router";
import { crumbsOf } from "./crumbs";

/** Where the page is among the others. */
export function Breadcrumbs() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const items = crumbsOf(pathname);
  if (items.length < 2) return null;
  return (
    <BreadcrumbGroup
      items={items}
      ariaLabel="Where this page is"
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
      }}
    />
  );
}
