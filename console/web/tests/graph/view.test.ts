import fc from "fast-check";
import { expect, test } from "vitest";
import { bounded, fitted, MAX_SCALE, MIN_SCALE, opening, revealing, zoomed } from "../../src/graph/view";

const length = fc.integer({ min: 50, max: 5000 });
const size = fc.record({ width: length, height: length });
const place = fc.record({ x: fc.integer({ min: -3000, max: 3000 }), y: fc.integer({ min: -3000, max: 3000 }) });
const scale = fc.double({ min: MIN_SCALE, max: MAX_SCALE, noNaN: true });
const view = fc.record({ x: fc.integer({ min: -3000, max: 3000 }), y: fc.integer({ min: -3000, max: 3000 }), scale });

test("what is under the pointer stays there when one zooms, between the smallest and the largest scale", () => {
  fc.assert(
    fc.property(view, place, fc.double({ min: 0.01, max: 100, noNaN: true }), (before, point, factor) => {
      const after = zoomed(before, point, factor);
      expect((point.x - after.x) / after.scale).toBeCloseTo((point.x - before.x) / before.scale, 3);
      expect((point.y - after.y) / after.scale).toBeCloseTo((point.y - before.y) / before.scale, 3);
      expect(after.scale).toBeGreaterThanOrEqual(MIN_SCALE);
      expect(after.scale).toBeLessThanOrEqual(MAX_SCALE);
    }),
  );
});

test("all of a drawing fits, never enlarged", () => {
  fc.assert(
    fc.property(size, size, (room, content) => {
      const { x, y, scale } = fitted(room, content);
      expect(scale).toBeLessThanOrEqual(1);
      if (scale === MIN_SCALE) return;
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(x + content.width * scale).toBeLessThanOrEqual(room.width + 1e-6);
      expect(y + content.height * scale).toBeLessThanOrEqual(room.height + 1e-6);
    }),
  );
});

test("a drawing too large to be read whole opens at its start, in a size that can be read", () => {
  const { x, y, scale } = opening({ width: 375, height: 600 }, { width: 1500, height: 4000 }, { x: 900, y: 14 });
  expect(scale).toBeGreaterThanOrEqual(0.85);
  expect(900 * scale + x).toBeCloseTo(375 / 2);
  expect(14 * scale + y).toBeGreaterThan(0);
  expect(opening({ width: 1600, height: 1200 }, { width: 800, height: 600 }, { x: 0, y: 0 }).scale).toBe(1);
});

test("a box that fits is seen whole once it is revealed, and one that is seen moves nothing", () => {
  const box = fc.record({ x: length, y: length, width: fc.constant(160), height: fc.constant(70) });
  fc.assert(
    fc.property(view, box, (before, box) => {
      const room = { width: 900, height: 600 };
      fc.pre(box.width * before.scale < 800 && box.height * before.scale < 500);
      const after = revealing(before, room, box);
      const [left, top] = [box.x * after.scale + after.x, box.y * after.scale + after.y];
      expect(left).toBeGreaterThanOrEqual(0);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(left + box.width * after.scale).toBeLessThanOrEqual(room.width);
      expect(top + box.height * after.scale).toBeLessThanOrEqual(room.height);
      const again = revealing(after, room, box);
      expect([again.x, again.y]).toEqual([expect.closeTo(after.x, 6), expect.closeTo(after.y, 6)]);
    }),
  );
});

test("a part of the drawing stays on the screen, however far one drags", () => {
  fc.assert(
    fc.property(view, size, size, (view, room, content) => {
      const { x, y, scale } = bounded(view, room, content);
      expect(x + content.width * scale).toBeGreaterThanOrEqual(0);
      expect(y + content.height * scale).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(room.width);
      expect(y).toBeLessThanOrEqual(room.height);
    }),
  );
});
