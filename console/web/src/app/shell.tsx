import AppLayout from "@cloudscape-design/components/app-layout-toolbar";
import { lazy, type ReactNode, Suspense, useCallback, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { Breadcrumbs } from "./breadcrumbs";
import { ErrorBoundary } from "./error-boundary";
import { Flashes } from "./flash";
import { Loading } from "./loading";
import { isNarrow } from "./narrow";
import { Navigation } from "./navigation";
import { useShortcuts } from "./shortcuts";
import { TopBar } from "./top-bar";

const ShortcutsDialog = lazy(() => import("./shortcuts-dialog"));

/** What is around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(() => !isNarrow());
  const [help, setHelp] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  useShortcuts(
    useCallback((to: string) => void navigate(to), [navigate]),
    showHelp,
  );

  return (
    <>
      <a className="baton-skip" href="#content">
        Skip to the content
      </a>
      <div id="top" className="baton-top">
        <TopBar onHelp={showHelp} />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigation={
          <Navigation
            onFollowed={() => {
              if (isNarrow()) setOpen(false);
            }}
          />
        }
        breadcrumbs={<Breadcrumbs />}
        navigationOpen={open}
        navigationWidth={220}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        notifications={<Flashes />}
        ariaLabels={{
          navigation: "Pages",
          navigationToggle: "Show the pages",
          navigationClose: "Hide the pages",
          notifications: "Messages",
        }}
        content={
          <div id="content" tabIndex={-1} className="baton-content">
            <ErrorBoundary place={pathname}>
              <Suspense fallback={<Loading />}>{children}</Suspense>
            </ErrorBoundary>
          </div>
        }
      />
      {help && (
        <ErrorBoundary place={pathname}>
          <Suspense>
            <ShortcutsDialog onDismiss={() => setHelp(false)} />
          </Suspense>
        </ErrorBoundary>
      )}
    </>
  );
}
