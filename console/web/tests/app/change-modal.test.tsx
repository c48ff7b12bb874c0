import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ProblemError } from "../../src/api/problem";
import { ChangeModal } from "../../src/app/change-modal";
import { wrongWith } from "../../src/app/reason";

function show(change: (reason: string) => Promise<string>) {
  const onDone = vi.fn();
  const onDismiss = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ChangeModal title="Stop the execution" confirm="Stop" change={change} onDone={onDone} onDismiss={onDismiss} />
    </QueryClientProvider>,
  );
  return { onDone, onDismiss, person: userEvent.setup() };
}

const reason = () => screen.getByRole("textbox", { name: /Reason/ });
const stop = () => screen.getByRole("button", { name: "Stop" });

test("a change is not made without a reason", async () => {
  const change = vi.fn(async () => "Stopped.");
  const { person } = show(change);
  await person.type(reason(), " x ");
  await person.click(stop());
  expect(change).not.toHaveBeenCalled();
  expect(screen.getByText("Say why, in at least 3 characters.")).toBeInTheDocument();
});

test("a change is made with its reason, by Enter as well", async () => {
  const change = vi.fn(async () => "Stopped.");
  const { person, onDone } = show(change);
  await person.type(reason(), "  the customer called it off {Enter}");
  expect(change).toHaveBeenCalledExactlyOnceWith("the customer called it off");
  await vi.waitFor(() => expect(onDone).toHaveBeenCalledWith("Stopped."));
});

test("a refusal shows what was wrong, where, and what to do, and the change can be asked for again", async () => {
  const refusal = new ProblemError({
    status: 409,
    title: "Conflict",
    detail: "The execution has ended.",
    what_to_do: "Look at it again.",
    fields: [{ where: "input.vendor", problem: "is missing" }],
  });
  const change = vi.fn<() => Promise<string>>().mockRejectedValueOnce(refusal).mockResolvedValueOnce("Stopped.");
  const { person, onDone } = show(change);
  await person.type(reason(), "because");
  await person.click(stop());
  expect(await screen.findByText("The execution has ended.")).toBeInTheDocument();
  expect(screen.getByText("input.vendor")).toBeInTheDocument();
  expect(screen.getByText("Look at it again.")).toBeInTheDocument();
  expect(onDone).not.toHaveBeenCalled();
  await person.click(stop());
  await vi.waitFor(() => expect(onDone).toHaveBeenCalledOnce());
});

test("whoever cancels changes nothing", async () => {
  const change = vi.fn(async () => "Stopped.");
  const { person, onDismiss } = show(change);
  await person.click(screen.getByRole("button", { name: "Cancel" }));
  expect(onDismiss).toHaveBeenCalledOnce();
  expect(change).not.toHaveBeenCalled();
});

test.each([
  ["because", null],
  ["  ok ", "at least 3"],
  ["x".repeat(501), "At most 500"],
  ["🎉".repeat(500), null],
  ["one\ttwo", "One line"],
])("the reason %.10j", (text, wrong) => {
  if (wrong === null) expect(wrongWith(text)).toBeNull();
  else expect(wrongWith(text)).toContain(wrong);
});
