import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { run as axe } from "axe-core";
import { beforeEach, expect, test, vi } from "vitest";
import { Timeline } from "../../src/execution/timeline";
import { readHistory } from "../../src/history/append";
import { told } from "../history/told";
import { giveLayout } from "./layout";

beforeEach(() => giveLayout("timeline-scroll", 480));

const RETRIED = told(
  [0, "ExecutionStarted"],
  [0, "ParallelStateEntered", { name: "Both" }],
  [2, "ParallelStateStarted"],
  [3, "TaskStateEntered", { name: "Charge" }],
  [4, "LambdaFunctionScheduled", { resource: "arn" }],
  [5, "LambdaFunctionFailed", { error: "Busy" }],
  [6, "LambdaFunctionScheduled", { resource: "arn" }],
  [7, "LambdaFunctionSucceeded"],
  [8, "TaskStateExited", { name: "Charge" }],
  [3, "PassStateEntered", { name: "Note" }],
  [10, "PassStateExited", { name: "Note" }],
  [11, "ParallelStateSucceeded"],
  [11, "ParallelStateExited", { name: "Both" }],
  [13, "ExecutionSucceeded"],
);

const names = () => screen.getAllByRole("treeitem").map((row) => row.getAttribute("aria-label"));

test("each row says in words what its bars show", () => {
  render(<Timeline history={readHistory(RETRIED)} />);
  expect(names()).toEqual([
    "Both, succeeded, 2 flows inside, after 1 s, for 11 s",
    "Branch 1, succeeded, after 3 s, for 8 s",
    "Charge, succeeded, 1 retry, after 3 s, for 5 s",
    "Branch 2, succeeded, after 9 s, for 2 s",
    "Note, succeeded, after 9 s, for 1 s",
  ]);
  expect(screen.queryByText("Failed")).toBeInTheDocument();
});

test("rows are walked through, closed and opened with the keyboard, and lead to their last visit", async () => {
  const onVisit = vi.fn();
  render(<Timeline history={readHistory(RETRIED)} onVisit={onVisit} />);
  const tree = screen.getByRole("tree", { name: "Timeline" });
  act(() => tree.focus());
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  expect(onVisit).toHaveBeenCalledWith(1);
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
  expect(names()).toHaveLength(4);
  expect(document.getElementById(tree.getAttribute("aria-activedescendant") ?? "")).toHaveTextContent("Branch 1");
  await userEvent.keyboard("{Home} ");
  expect(names()).toHaveLength(1);
  await userEvent.keyboard("{ArrowRight}");
  expect(names()).toHaveLength(4);
});

test("the time is zoomed into, moved through, and shown as a whole again", async () => {
  render(<Timeline history={readHistory(RETRIED)} />);
  const paths = () => [...document.querySelectorAll("path")].map((path) => path.getAttribute("d"));
  const whole = paths();
  act(() => screen.getByRole("tree").focus());
  await userEvent.keyboard("++");
  expect(paths()).not.toEqual(whole);
  const zoomed = paths();
  await userEvent.keyboard("{Shift>}{ArrowRight}{/Shift}");
  expect(paths()).not.toEqual(zoomed);
  await userEvent.keyboard("0");
  expect(paths()).toEqual(whole);
  await userEvent.click(screen.getByRole("button", { name: "Zoom in" }));
  await userEvent.click(screen.getByRole("button", { name: "Show all of the time" }));
  expect(paths()).toEqual(whole);
});

test("a click on a bar leads to its visit", () => {
  const onVisit = vi.fn();
  render(<Timeline history={readHistory(RETRIED)} onVisit={onVisit} />);
  const bars = document.querySelectorAll(".timeline-bars")[2] as Element;
  // Of 442 pixels for 13 seconds.
  const pressed = new MouseEvent("pointerdown", { bubbles: true, button: 0 });
  fireEvent(bars, Object.defineProperty(pressed, "offsetX", { value: 150 }));
  fireEvent(document, new MouseEvent("pointerup"));
  expect(onVisit).toHaveBeenCalledWith(1);
});

test("the visit that is shown elsewhere is opened and marked", () => {
  const { rerender } = render(<Timeline history={readHistory(RETRIED)} />);
  fireEvent.keyDown(screen.getByRole("tree"), { key: "ArrowLeft" });
  expect(names()).toHaveLength(1);
  rerender(<Timeline history={readHistory(RETRIED)} visit={2} />);
  expect(screen.getByRole("treeitem", { selected: true })).toHaveAccessibleName(/^Note/);
});

test("while it runs the bars go on to now, and a line shows it", () => {
  vi.spyOn(Date, "now").mockReturnValue(1_000_000 + 60_000);
  render(<Timeline history={readHistory(RETRIED.slice(0, 5))} />);
  expect(document.querySelector(".timeline-now")).not.toBeNull();
  expect(names()[2]).toMatch(/^Charge, running, after 3 s, for .* so far$/);
  cleanup();
  render(<Timeline history={readHistory(RETRIED)} />);
  expect(document.querySelector(".timeline-now")).toBeNull();
});

test("there is nothing that axe objects to", async () => {
  const { container } = render(<Timeline history={readHistory(RETRIED)} />);
  const { violations } = await axe(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
