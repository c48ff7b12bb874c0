import { render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";

const OLGA = `h.${btoa(JSON.stringify({ username: "olga", "cognito:groups": ["viewers"] }))}.s`;

/** A tab that begins with these tokens; the modules are new, because the session belongs to the tab. */
async function tab(tokens: object | null) {
  vi.resetModules();
  window.sessionStorage.clear();
  if (tokens !== null) window.sessionStorage.setItem("baton.tokens", JSON.stringify(tokens));
  const { session } = await import("../../src/auth/current");
  const { Gate, SignedInPage } = await import("../../src/auth/gate");
  const { WriteButton } = await import("../../src/app/write-button");
  return { session, Gate, SignedInPage, WriteButton };
}

const SIGNED_IN = { access: OLGA, refresh: null, expiresAt: Number.MAX_SAFE_INTEGER };

beforeEach(() => {
  vi.spyOn(window, "fetch").mockImplementation(async () => new Response("", { status: 503 }));
});

test("who has signed in sees the page; when that ends, one button leads back to it", async () => {
  const { session, Gate } = await tab(SIGNED_IN);
  render(
    <MemoryRouter initialEntries={["/executions?status=FAILED"]}>
      <Gate>the page</Gate>
    </MemoryRouter>,
  );
  expect(screen.getByText("the page")).toBeInTheDocument();
  const signIn = vi.spyOn(session, "signIn").mockResolvedValue();
  session.expire();
  expect(await screen.findByRole("heading", { name: "Your sign-in has expired" })).toBeInTheDocument();
  screen.getByRole("button", { name: "Sign in" }).click();
  expect(signIn).toHaveBeenCalledExactlyOnceWith("/executions?status=FAILED");
});

test("the code leaves the address before anything is asked for", async () => {
  const { SignedInPage } = await tab(null);
  window.history.replaceState(null, "", "/signed-in?code=secret&state=forged");
  render(
    <MemoryRouter>
      <SignedInPage />
    </MemoryRouter>,
  );
  expect(window.location.href).not.toContain("secret");
  expect(await screen.findByRole("heading", { name: "The sign-in did not work" })).toBeInTheDocument();
});

test("a sign-in that can't begin says why, and does not go round in circles", async () => {
  const { Gate } = await tab(null);
  render(
    <MemoryRouter>
      <Gate>the page</Gate>
    </MemoryRouter>,
  );
  await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent("baton up"));
  expect(window.fetch).toHaveBeenCalledOnce();
  expect(screen.queryByText("the page")).toBeNull();
});

test("whoever may only look sees what changes something disabled, with the reason", async () => {
  const { WriteButton } = await tab(SIGNED_IN);
  const onClick = vi.fn();
  render(<WriteButton onClick={onClick}>Stop</WriteButton>);
  const button = screen.getByRole("button", { name: "Stop" });
  button.click();
  expect(onClick).not.toHaveBeenCalled();
  expect(button).toHaveAttribute("aria-disabled", "true");
  expect(button).toHaveAccessibleDescription(/operators/);
});
