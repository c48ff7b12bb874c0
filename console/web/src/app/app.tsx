import { lazy, Suspense } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

const Overview = lazy(() => import("../overview/page"));

/** The console: a page for each address. */
export function App() {
  return (
    <BrowserRouter>
      <Suspense>
        <Routes>
          <Route path="/" element={<Navigate to="/overview" replace />} />
          <Route path="/overview" element={<Overview />} />
        </Routes>
      </Suspense>
    </BrowserRouter>
  );
}
