import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";

interface PageProps {
  title: string;
  /** Beside the title: a status, a count. */
  info?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page: its title in the tab and as h1, which gets the focus when somebody has come here from another page. */
export function Page({ title, info, description, actions, children }: PageProps) {
  const { pathname, key } = useLocation();
  const heading = useRef<HTMLSpanElement>(null);
  const arrived = useRef("");

  useEffect(() => {
    document.title = `${title} · Baton`;
  }, [title]);

  useEffect(() => {
    if (arrived.current === pathname) return;
    arrived.current = pathname;
    // The first page of a visit leaves the focus to the browser, so that the skip link comes first.
    if (key !== "default") heading.current?.focus();
  }, [pathname, key]);

  return (
    <ContentLayout
      header={
        <Header variant="h1" info={info} description={description} actions={actions}>
          <span ref={heading} tabIndex={-1} className="baton-heading">
            {title}
          </span>
        </Header>
      }
    >
      {children}
    </ContentLayout>
  );
}
