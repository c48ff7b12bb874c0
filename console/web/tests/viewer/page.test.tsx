import { fireEvent, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import ViewerPage from "../../src/viewer/page";
import { mapHistory } from "../execution/events";

const DEFINITION = JSON.stringify({
  StartAt: "Prepare",
  States: { Prepare: { Type: "Pass", Next: "Each" }, Each: { Type: "Pass", End: true } },
});

beforeEach(() => {
  vi.stubGlobal("fetch", () => {
    throw new Error("the viewer asked a server");
  });
});
afterEach(() => vi.unstubAllGlobals());

function choose(...files: [name: string, text: string][]) {
  render(
    <MemoryRouter>
      <ViewerPage />
    </MemoryRouter>,
  );
  add(...files);
}

function add(...files: [name: string, text: string][]) {
  const input = document.querySelector<HTMLInputElement>("input[type=file]");
  if (input === null) throw new Error("there is no file chooser");
  fireEvent.change(input, { target: { files: files.map(([name, text]) => new File([text], name)) } });
}

describe("the viewer", () => {
  test("shows a history without a definition, and draws it once that is added", async () => {
    choose(["history.json", JSON.stringify({ events: mapHistory() })]);
    expect(await screen.findByText(/events, from a file/)).toBeInTheDocument();
    expect(screen.queryByRole("heading", { name: "States" })).toBeNull();
    add(["definition.json", DEFINITION]);
    expect(await screen.findByRole("heading", { name: "States" })).toBeInTheDocument();
  });

  test("takes both files at once, in any order", async () => {
    choose(["definition.json", DEFINITION], ["history.json", JSON.stringify({ events: mapHistory() })]);
    expect(await screen.findByRole("heading", { name: "States" })).toBeInTheDocument();
  });

  test("says which file is none and why, and goes on to show the one that was open", async () => {
    choose(["history.json", JSON.stringify({ events: mapHistory() })]);
    await screen.findByText(/events, from a file/);
    add(["photo.png", "\u0089PNG"]);
    expect(await screen.findByText(/photo.png: It is not JSON/)).toBeInTheDocument();
    expect(screen.getByText(/events, from a file/)).toBeInTheDocument();
  });

  test("says that a definition alone is no execution", async () => {
    choose(["definition.json", DEFINITION]);
    expect(await screen.findByText(/A definition alone shows no execution/)).toBeInTheDocument();
  });
});
