import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { StateGraph, type StateGraphProps } from "../../src/graph/state-graph";
import type { StateStatus } from "../../src/graph/statuses";

const machine = JSON.stringify({
  StartAt: "Send",
  States: {
    Send: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Next: "Each",
      Catch: [{ ErrorEquals: ["Refused"], Next: "Broken" }],
    },
    Each: {
      Type: "Map",
      Next: "Sure?",
      ItemProcessor: {
        StartAt: "Pick",
        States: { Pick: { Type: "Pass", Next: "Pack" }, Pack: { Type: "Pass", End: true } },
      },
    },
    "Sure?": { Type: "Choice", Choices: [{ Variable: "$.n", NumericLessThan: 3, Next: "Send" }], Default: "Done" },
    Done: { Type: "Succeed" },
    Broken: { Type: "Fail", Error: "Broken" },
  },
});

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(500);
});

const show = (props: Partial<StateGraphProps> = {}) =>
  render(<StateGraph definition={machine} label="orders" {...props} />);
const states = () => within(screen.getByRole("listbox", { name: "orders" })).getAllByRole("option");
const name = (element: Element | null) => element?.getAttribute("data-state");

test("each state says its name, type and status", () => {
  show({ statuses: new Map<string, StateStatus>([["Send", "WAITING"]]), counts: new Map([["Send", 3]]) });
  expect(states().map((state) => state.querySelector("title")?.textContent)).toEqual([
    "Send, Task, lambda:invoke, waits for token, Waiting, entered 3 times",
    "Each, Map, Not entered",
    "Pick, Pass, Not entered",
    "Pack, Pass, Not entered",
    "Broken, Fail, Fail Broken, Not entered",
    "Sure?, Choice, Not entered",
    "Done, Succeed, Not entered",
  ]);
  expect(screen.getByText("Waiting · 3×")).toBeVisible();
});

test("a definition without an execution has no statuses", () => {
  show();
  expect(states()[0]).toHaveAccessibleName("Send, Task, lambda:invoke, waits for token");
});

test("a broken definition is said, with the place", () => {
  show({ definition: machine.replace('"Next":"Pack"', '"Next":"Pak"') });
  expect(screen.getByText(/ItemProcessor\/States\/Pick\/Next: There is no state "Pak"/)).toBeVisible();
  expect(screen.queryByRole("listbox")).toBeNull();
});

test("one tab stop; arrows walk along the transitions, through a Map state and out of it, and select nothing", async () => {
  const onSelect = vi.fn();
  show({ onSelect });
  expect(states().filter((state) => state.getAttribute("tabindex") === "0")).toHaveLength(1);
  states()[0]?.focus();
  const walked: (string | null | undefined)[] = [];
  for (let step = 0; step < 5; step++) {
    await userEvent.keyboard("{ArrowDown}");
    walked.push(name(document.activeElement));
  }
  expect(walked).toEqual(["Each", "Pick", "Pack", "Sure?", "Done"]);
  await userEvent.keyboard("{ArrowUp}{ArrowUp}");
  expect(name(document.activeElement)).toBe("Each");
  expect(document.activeElement).toHaveAttribute("tabindex", "0");
  expect(onSelect).not.toHaveBeenCalled();
});

test("left and right reach every state", async () => {
  show();
  states()[0]?.focus();
  await userEvent.keyboard("{Home}");
  const seen = [name(document.activeElement)];
  for (let step = 0; step < 6; step++) {
    await userEvent.keyboard("{ArrowRight}");
    seen.push(name(document.activeElement));
  }
  expect(seen).toEqual(states().map(name));
});

test("Enter, Space and a click select; Escape selects nothing", async () => {
  const onSelect = vi.fn();
  show({ onSelect, selected: "Done" });
  expect(screen.getByRole("option", { selected: true })).toHaveAccessibleName("Done, Succeed");
  states()[0]?.focus();
  await userEvent.keyboard("{Enter}{ArrowDown} {Escape}");
  await userEvent.click(screen.getByRole("option", { name: /^Broken/ }));
  expect(onSelect.mock.calls.map(([state]) => state)).toEqual(["Send", "Each", null, "Broken"]);
});

test("keys and buttons zoom", async () => {
  show();
  const scale = () => screen.getByRole("button", { name: /show at 100%/ }).textContent;
  const zoomBefore = Number.parseInt(scale() ?? "", 10);
  states()[0]?.focus();
  await userEvent.keyboard("+");
  expect(Number.parseInt(scale() ?? "", 10)).toBeGreaterThan(zoomBefore);
  await userEvent.click(screen.getByRole("button", { name: /show at 100%/ }));
  expect(scale()).toBe("100%");
  await userEvent.click(screen.getByRole("button", { name: "Zoom in" }));
  expect(scale()).toBe("125%");
});

test("another iteration is shown with the buttons and with Shift and an arrow", async () => {
  const onShowIteration = vi.fn();
  const iterations = new Map([["Each", { statuses: ["SUCCEEDED", "FAILED", "RUNNING"] as StateStatus[], shown: 1 }]]);
  show({ iterations, onShowIteration });
  expect(screen.getByText("3 iterations: 1 succeeded, 1 failed, 1 running")).toBeVisible();
  expect(screen.getByRole("option", { name: /^Each, Map, iteration 2 of 3/ })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Next iteration of Each" }));
  screen.getByRole("option", { name: /^Each/ }).focus();
  await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  expect(onShowIteration.mock.calls).toEqual([
    ["Each", 2],
    ["Each", 0],
  ]);
});

test("what no test takes and what the lint finds is said on the state", () => {
  show({
    untaken: new Set(["/States/Broken", "/States/Send/Catch/0/Next"]),
    lint: new Map([["Send", [{ severity: "warning", message: "no heartbeat" }]]]),
  });
  expect(screen.getByRole("option", { name: /^Send.*warning: no heartbeat/ })).toBeVisible();
  expect(screen.getByRole("option", { name: /^Broken.*never taken/ })).toBeVisible();
  expect(screen.getByText("Send → Broken: catches Refused, never taken")).toBeInTheDocument();
});

test("the same as text: states, statuses, where they lead", async () => {
  const onSelect = vi.fn();
  show({ onSelect, statuses: new Map<string, StateStatus>([["Send", "FAILED"]]) });
  await userEvent.click(screen.getByRole("button", { name: "Show as text" }));
  const list = within(screen.getByRole("region", { name: "orders" }));
  expect(list.getByText("Task, lambda:invoke, waits for token, Failed")).toBeVisible();
  expect(list.getByText("on Refused: to Broken")).toBeVisible();
  expect(list.getByText("if $.n < 3: to Send")).toBeVisible();
  expect(list.getByText("For each item")).toBeVisible();
  await userEvent.click(list.getByRole("button", { name: "Pack" }));
  expect(onSelect).toHaveBeenCalledWith("Pack");
  await userEvent.click(screen.getByRole("button", { name: "Show as graph" }));
  expect(states()).toHaveLength(7);
});

test("a change of one status draws that state and leaves the elements of the others", () => {
  const before = new Map<string, StateStatus>([["Send", "RUNNING"]]);
  const graph = (statuses: Map<string, StateStatus>) => (
    <StateGraph definition={machine} label="orders" statuses={statuses} />
  );
  const { rerender } = render(graph(before));
  const changed = new Set<string | null | undefined>();
  const observer = new MutationObserver(() => undefined);
  observer.observe(screen.getByRole("listbox"), {
    subtree: true,
    childList: true,
    attributes: true,
    characterData: true,
  });
  rerender(graph(new Map([...before, ["Each", "RUNNING" as const]])));
  for (const { target } of observer.takeRecords()) {
    const element = target instanceof Element ? target : target.parentElement;
    changed.add(name(element?.closest("[data-state]") ?? null));
  }
  expect([...changed]).toEqual(["Each"]);
});
