import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { BrowserRouter, Navigate, Outlet, Route, Routes } from "react-router";
import { makeQueryClient } from "../api/queries";
import { Gate, SignedInPage } from "../auth/gate";
import { SIGNED_IN_PATH } from "../auth/session";
import { LiveProvider } from "../live/provider";
import { FlashProvider } from "./flash";
import { NotFound } from "./not-found";
import { OPEN_PAGES, PAGES } from "./routes";
import { Shell } from "./shell";

/** The console: a page for each address. */
export function App() {
  const [queries] = useState(makeQueryClient);
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <FlashProvider>
            <LiveProvider>
              <Shell>
                <Addresses />
              </Shell>
            </LiveProvider>
          </FlashProvider>
        </BrowserRouter>
      </QueryClientProvider>
    </I18nProvider>
  );
}

function Addresses() {
  return (
    <Routes>
      <Route path={SIGNED_IN_PATH} element={<SignedInPage />} />
      {OPEN_PAGES.map(({ path, Page }) => (
        <Route key={path} path={path} element={<Page />} />
      ))}
      <Route element={<SignedIn />}>
        <Route path="/" element={<Navigate to="/overview" replace />} />
        {PAGES.map(({ path, Page }) => (
          <Route key={path} path={path} element={<Page />} />
        ))}
      </Route>
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}

function SignedIn() {
  return (
    <Gate>
      <Outlet />
    </Gate>
  );
}
