import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, useNavigate } from "react-router";
import { expect, test, vi } from "vitest";
import { ErrorBoundary } from "../../src/app/error-boundary";
import { Page } from "../../src/app/page";
import { Status } from "../../src/app/status";
import { Time } from "../../src/app/time";

test("a time says UTC to who hovers and to who listens", () => {
  const { container } = render(<Time at="2026-03-01T10:00:00.250Z" />);
  const time = container.querySelector("time");
  expect(time).toHaveAttribute("datetime", "2026-03-01T10:00:00.250Z");
  expect(time).toHaveAttribute("title", "2026-03-01 10:00:00.250 UTC");
  expect(time).toHaveTextContent(/UTC$/);
});

test.each([null, undefined, "", "no time"])("no time (%j) is a dash", (at) => {
  const { container } = render(<Time at={at} />);
  expect(container).toHaveTextContent("–");
});

test.each([
  ["RETRYING", "Retrying"],
  ["CAUGHT", "Caught error"],
  ["PENDING_REDRIVE", "Waits for its redrive"],
  ["constructor", "constructor"],
])("the status %s is shown as %j", (status, words) => {
  const { container } = render(<Status status={status} />);
  expect(container).toHaveTextContent(words);
});

function Breaks({ error }: { error: Error }): never {
  throw error;
}

test("what is left of a page that fails offers another try; a newer version offers to be loaded", () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { unmount } = render(
    <ErrorBoundary place="/a">
      <Breaks error={new Error("x is not a function")} />
    </ErrorBoundary>,
  );
  expect(screen.getByRole("button", { name: "Try again" })).toBeInTheDocument();
  unmount();
  render(
    <ErrorBoundary place="/a">
      <Breaks error={new TypeError("Failed to fetch dynamically imported module: /assets/page.js")} />
    </ErrorBoundary>,
  );
  expect(screen.getByRole("button", { name: "Load it" })).toBeInTheDocument();
});

test("another place is another try", () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { rerender } = render(
    <ErrorBoundary place="/a">
      <Breaks error={new Error("broken")} />
    </ErrorBoundary>,
  );
  rerender(<ErrorBoundary place="/b">fine</ErrorBoundary>);
  expect(screen.getByText("fine")).toBeInTheDocument();
});

function Pages() {
  const navigate = useNavigate();
  return (
    <Page title="Executions">
      <button type="button" onClick={() => void navigate("/failures")}>
        go on
      </button>
    </Page>
  );
}

test("the title has the focus after a navigation, not at first", async () => {
  render(
    <MemoryRouter initialEntries={["/executions"]}>
      <Pages />
    </MemoryRouter>,
  );
  expect(document.title).toBe("Executions · Baton");
  expect(document.body).toHaveFocus();
  await userEvent.click(screen.getByRole("button", { name: "go on" }));
  expect(screen.getByText("Executions", { selector: ".baton-heading" })).toHaveFocus();
});
