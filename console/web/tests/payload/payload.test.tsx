import { fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test } from "vitest";
import { Payload, PayloadDiff } from "../../src/payload";

// jsdom has no layout: what scrolls is given a height, without which no row is in sight.
beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 400 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => 800 });
});

const rows = () => screen.getAllByRole("treeitem").map((row) => row.textContent);

describe("a payload", () => {
  test("is a tree with numbers as they stand in the text", () => {
    render(<Payload label="Input" text='{"id": 12345678901234567890, "tags": ["a"]}' />);
    expect(rows()).toEqual(["▾{ 2 fields", "id: 12345678901234567890", "▾tags: [ 1 item", '0: "a"']);
  });

  test("never becomes markup", () => {
    const { container } = render(
      <Payload
        label="Input"
        text={JSON.stringify({ html: "<img src=x onerror=alert(1)><a href='javascript:1'>x</a>" })}
      />,
    );
    expect(container.querySelector("img, a")).toBeNull();
    expect(screen.getByText(/<img src=x onerror/)).toBeInTheDocument();
  });

  test("is walked through with the keyboard", async () => {
    render(<Payload label="Input" text='{"a": {"b": 1}, "c": 2}' />);
    const tree = screen.getByRole("tree", { name: "Input" });
    tree.focus();
    await userEvent.keyboard("{ArrowDown}{ArrowLeft}");
    expect(rows()).toEqual(["▾{ 2 fields", "▸a: {…} 1 field", "c: 2"]);
    await userEvent.keyboard("{ArrowRight}{ArrowRight}");
    const active = document.getElementById(tree.getAttribute("aria-activedescendant") ?? "");
    expect(active).toHaveTextContent("b: 1");
    expect(screen.getByText("$.a.b")).toBeInTheDocument();
  });

  test("is searched, what is closed too", async () => {
    const text = JSON.stringify({ list: Array.from({ length: 500 }, (_, id) => ({ id, name: `n-${id}` })) });
    render(<Payload label="Input" text={text} />);
    expect(screen.queryByText(/n-321/)).toBeNull();
    await userEvent.type(screen.getByRole("searchbox"), "n-321{Enter}");
    expect(screen.getByText("1 of 1")).toBeInTheDocument();
    expect(screen.getByText("$.list[321].name")).toBeInTheDocument();
  });

  test("that is no JSON is shown as text, with the reason", () => {
    render(<Payload label="Output" text={'{"a": 1,\n oops}'} />);
    expect(screen.getByText(/expected a name in double quotes \(line 2, column 2\)/)).toBeInTheDocument();
    expect(screen.queryByRole("tree")).toBeNull();
    expect(screen.getByText("oops}", { exact: false })).toBeInTheDocument();
  });

  test("of 5 MB has no more elements in the page than are in sight", () => {
    const text = JSON.stringify(Array.from({ length: 100_000 }, (_, id) => ({ id, text: "x".repeat(30) })));
    render(<Payload label="Input" text={text} />);
    fireEvent.keyDown(screen.getByRole("tree"), { key: "*" });
    expect(screen.getAllByRole("treeitem").length).toBeLessThan(100);
  });

  test("begins anew with another text", () => {
    const { rerender } = render(<Payload label="Input" text='{"a": 1}' />);
    fireEvent.keyDown(screen.getByRole("tree"), { key: "End" });
    rerender(<Payload label="Input" text="[7]" />);
    expect(rows()).toEqual(["▾[ 1 item", "0: 7"]);
  });
});

describe("the difference of two payloads", () => {
  test("shows what was added and what removed", () => {
    render(<PayloadDiff label="Input and output" left='{"a": 1, "b": 2}' right='{"a": 1, "b": 3}' />);
    const lines = within(screen.getByRole("region", { name: "Input and output" }));
    expect(lines.getByText("removed:", { exact: false }).parentElement).toHaveTextContent('"b": 2');
    expect(lines.getByText("added:", { exact: false }).parentElement).toHaveTextContent('"b": 3');
  });

  test("says so where there is none", () => {
    render(<PayloadDiff label="Input and output" left='{"a": 1}' right='{ "a": 1 }' />);
    expect(screen.getByText(/No difference/)).toBeInTheDocument();
  });
});
