import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { run as axe } from "axe-core";
import { beforeEach, expect, test, vi } from "vitest";
import { EventList } from "../../src/execution/events";
import { append, readHistory } from "../../src/history/append";
import { chain, told } from "../history/told";
import { giveLayout } from "./layout";

beforeEach(() => giveLayout("events-scroll", 560));

const FAILED = told(
  [0, "ExecutionStarted", { input: '{"order": "A-1"}' }],
  [0, "TaskStateEntered", { name: "Charge", input: '{"order": "A-1"}' }],
  [2, "LambdaFunctionScheduled", { resource: "arn:charge", input: '{"order": "A-1"}' }],
  [3, "LambdaFunctionFailed", { error: "CardDeclined", cause: "the card <b>has</b> expired" }],
  [4, "ExecutionFailed", { error: "CardDeclined" }],
);

const rows = () => within(screen.getByRole("list", { name: "Events" })).getAllByRole("listitem");
const buttonOf = (row: HTMLElement | undefined) => within(row as HTMLElement).getAllByRole("button")[0] as HTMLElement;

test("each event says its id, type, state, time since the start, and what matters of it", () => {
  render(<EventList history={readHistory(FAILED)} />);
  expect(rows().map((row) => row.textContent)).toEqual([
    '▸1ExecutionStarted+0 ms{"order": "A-1"}',
    '▸2TaskStateEnteredCharge+1 s{"order": "A-1"}',
    '▸3LambdaFunctionScheduledCharge+2 s{"order": "A-1"}',
    "▸4LambdaFunctionFailedCharge+3 sCardDeclined: the card <b>has</b> expired",
    "▸5ExecutionFailed+4 sCardDeclined",
  ]);
  expect(document.querySelector("b")).toBeNull();
});

test("an event is opened to its details, and leads to the event before it and to its state", async () => {
  const [onEvent, onVisit] = [vi.fn(), vi.fn()];
  render(<EventList history={readHistory(FAILED)} onEvent={onEvent} onVisit={onVisit} />);
  await userEvent.click(screen.getByText("LambdaFunctionFailed"));
  const row = rows()[3] as HTMLElement;
  expect(buttonOf(row)).toHaveAttribute("aria-expanded", "true");
  expect(within(row).getByText("cause")).toBeInTheDocument();
  await userEvent.click(within(row).getByRole("button", { name: "state Charge" }));
  expect(onVisit).toHaveBeenCalledWith(0);
  await userEvent.click(within(row).getByRole("button", { name: "follows event 3" }));
  expect(onEvent).toHaveBeenCalledWith(3);
  expect(buttonOf(rows()[2])).toHaveAttribute("aria-expanded", "true");
});

test("the keyboard goes from event to event, opens and closes, and through what was found", async () => {
  render(<EventList history={readHistory(FAILED)} />);
  buttonOf(rows()[0]).focus();
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowRight}");
  expect(buttonOf(rows()[2])).toHaveFocus();
  expect(buttonOf(rows()[2])).toHaveAttribute("aria-expanded", "true");
  await userEvent.keyboard("{ArrowLeft}{End}");
  expect(buttonOf(rows()[2])).toHaveAttribute("aria-expanded", "false");
  expect(buttonOf(rows()[4])).toHaveFocus();
  await userEvent.keyboard("/");
  expect(screen.getByRole("searchbox")).toHaveFocus();
  await userEvent.paste("a-1");
  await waitFor(() => expect(screen.getByText("3 found")).toBeInTheDocument());
  buttonOf(rows()[0]).focus();
  await userEvent.keyboard("nn");
  expect(buttonOf(rows()[2])).toHaveFocus();
  expect(screen.getByText("3 of 3")).toBeInTheDocument();
  await userEvent.keyboard("N");
  expect(buttonOf(rows()[1])).toHaveFocus();
  expect(document.querySelectorAll("mark")).not.toHaveLength(0);
});

test("the search finds what is in the details, and goes round", async () => {
  render(<EventList history={readHistory(FAILED)} />);
  await userEvent.click(screen.getByRole("searchbox"));
  await userEvent.paste("EXPIRED");
  await waitFor(() => expect(screen.getByText("1 found")).toBeInTheDocument());
  await userEvent.keyboard("{Enter}");
  expect(screen.getByText("1 of 1")).toBeInTheDocument();
  await userEvent.keyboard("{Enter}");
  expect(screen.getByText("1 of 1")).toBeInTheDocument();
  await userEvent.paste("nowhere(");
  await waitFor(() => expect(screen.getByText("0 found")).toBeInTheDocument());
});

test("a row that matches shows where, also when that is not what it shows otherwise", async () => {
  render(<EventList history={readHistory(FAILED)} />);
  await userEvent.click(screen.getByRole("searchbox"));
  await userEvent.paste("arn:ch");
  await waitFor(() => expect(screen.getByText("1 found")).toBeInTheDocument());
  expect(rows()[2]).toHaveTextContent("resource: arn:charge");
  expect(screen.getByText("arn:ch").tagName).toBe("MARK");
});

test("only the events of a state are shown once it is chosen", async () => {
  render(<EventList history={readHistory(FAILED)} />);
  await userEvent.click(screen.getByRole("button", { name: /Events of which state/ }));
  await userEvent.click(screen.getByRole("option", { name: "Charge" }));
  expect(rows()).toHaveLength(3);
  expect(screen.getByText("3 of 5 events")).toBeInTheDocument();
});

test("an address leads to its event, among 25,000 as well, and also when it is yet to come", async () => {
  const events = chain(12_499);
  const { rerender } = render(<EventList history={readHistory(events)} eventId={12_345} />);
  await waitFor(() => expect(screen.getByText("12345")).toBeInTheDocument());
  expect(rows().length).toBeLessThan(60);
  const row = rows().find((one) => one.textContent?.includes("12345"));
  expect(buttonOf(row)).toHaveAttribute("aria-expanded", "true");
  expect(row).toHaveAttribute("aria-setsize", "25000");
  expect(row).toHaveAttribute("aria-posinset", "12345");

  const begun = readHistory(FAILED.slice(0, 2));
  rerender(<EventList key="other" history={begun} eventId={4} />);
  rerender(<EventList key="other" history={append(begun, FAILED.slice(2))} eventId={4} />);
  await waitFor(() => expect(buttonOf(rows()[3])).toHaveAttribute("aria-expanded", "true"));
});

test("events that fit nowhere are counted and shown", () => {
  render(<EventList history={readHistory([...FAILED, { id: 9, type: "Mystery" }, null])} />);
  expect(screen.getByText(/2 events fit nowhere/)).toBeInTheDocument();
  expect(
    rows()
      .map((row) => row.textContent)
      .slice(5),
  ).toEqual(["▸9Mystery", "▸–(not an event)"]);
});

test("a history without events says so", () => {
  render(<EventList history={readHistory([])} />);
  expect(screen.getByText("No events.")).toBeInTheDocument();
});

test("there is nothing that axe objects to", async () => {
  const { container } = render(<EventList history={readHistory(FAILED)} eventId={4} />);
  await waitFor(() => expect(screen.getByText("cause")).toBeInTheDocument());
  const { violations } = await axe(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
