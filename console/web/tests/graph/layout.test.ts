import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Flow, readDefinition } from "../../src/graph/definition";
import { type Layout, layOut } from "../../src/graph/layout";
import type { Box } from "../../src/graph/routes";
import { allStates, allTransitions, largeMachine, machines } from "./machines";

const campaign = readFileSync(
  new URL("../../../../workflows/email_campaign/definition.asl.json", import.meta.url),
  "utf8",
);

function flowOf(text: string): Flow {
  const { flow, problems } = { flow: undefined, problems: undefined, ...readDefinition(text) };
  if (flow === undefined) throw new Error(JSON.stringify(problems));
  return flow;
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const inside = (inner: Box, outer: Box) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width + 1e-6 &&
  inner.y + inner.height <= outer.y + outer.height + 1e-6;

/** Hold what must be true of each flow of a drawing. */
function examine(flow: Flow, layout: Layout, outer: Box): void {
  const boxes = [...flow.states.values()].map((state) => {
    const box = layout.states.get(state.name);
    if (box === undefined) throw new Error(`${state.name} is not laid out`);
    expect(inside(box, outer), `${state.name} lies in what it is part of`).toBe(true);
    for (const inner of state.flows) examine(inner, layout, box);
    return { name: state.name, box };
  });
  const terminals = layout.terminals.filter(({ id }) =>
    ["start", "end"].some((kind) => id === `${flow.pointer}/${kind}`),
  );
  const all = [...boxes, ...terminals.map((box) => ({ name: box.kind, box }))];
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      expect(overlap(one.box, other.box), `${one.name} and ${other.name} overlap`).toBe(false);
    }
  }
}

test.each([{ withStatus: true }, { withStatus: false }])(
  "any machine is drawn whole, in its frames, with %o",
  (options) => {
    fc.assert(
      fc.property(machines(), (machine) => {
        const flow = flowOf(JSON.stringify(machine));
        const layout = layOut(flow, options);
        const names = [...allStates(flow)].map(({ name }) => name);
        expect([...layout.states.keys()].sort()).toEqual(names.sort());
        const drawn = layout.edges.map(({ transition }) => transition.pointer).sort();
        expect(drawn).toEqual([...allTransitions(flow)].map(({ pointer }) => pointer).sort());
        examine(flow, layout, { x: 0, y: 0, width: layout.width, height: layout.height });
        for (const { points, transition } of layout.edges) {
          expect(points.length, transition.pointer).toBeGreaterThanOrEqual(2);
          for (const { x, y } of points) expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  },
);

test("a line begins and ends at the boxes that its transition names", () => {
  fc.assert(
    fc.property(machines(), (machine) => {
      const flow = flowOf(JSON.stringify(machine));
      const layout = layOut(flow, { withStatus: true });
      for (const { transition, points } of layout.edges) {
        for (const [name, point] of [
          [transition.source, points[0]],
          [transition.target, points.at(-1)],
        ] as const) {
          const box = name === null ? undefined : layout.states.get(name);
          if (box === undefined || point === undefined) continue;
          const touches = { x: point.x - 0.5, y: point.y - 0.5, width: 1, height: 1 };
          expect(overlap(box, touches), `${transition.pointer} touches ${name}`).toBe(true);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("the same definition gives the same layout", () => {
  fc.assert(
    fc.property(machines(), (machine) => {
      const text = JSON.stringify(machine);
      expect(layOut(flowOf(text), { withStatus: true })).toEqual(layOut(flowOf(text), { withStatus: true }));
    }),
    { numRuns: 30 },
  );
});

test("the way of a campaign that goes well runs from top to bottom", () => {
  const { states } = layOut(flowOf(campaign), { withStatus: true });
  const tops = ["SendCampaign", "IsDuplicate", "BeginWaiting", "AwaitStatus", "CheckStatus", "NotifyUsers"];
  const heights = tops.map((name) => states.get(name)?.y ?? Number.NaN);
  expect(heights).toEqual([...heights].sort((a, b) => a - b));
});

test("five hundred states are all there", () => {
  const layout = layOut(flowOf(largeMachine(500)), { withStatus: true });
  expect(layout.states.size).toBe(500);
});
