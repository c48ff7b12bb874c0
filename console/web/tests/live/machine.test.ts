import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ANSWER_MS,
  BEGINNING,
  backoff,
  type Effect,
  type Happened,
  MAX_WAIT_MS,
  PING_MS,
  type State,
  step,
} from "../../src/live/machine";

const SPRING = { workflow: "email-campaign", name: "spring" };

/** Let these happen one after the other. */
function run(...happened: Happened[]): { state: State; effects: Effect[] } {
  return happened.reduce<{ state: State; effects: Effect[] }>(
    ({ state }, next) => {
      const [after, effects] = step(state, next, 0.5);
      return { state: after, effects };
    },
    { state: BEGINNING, effects: [] },
  );
}

const OPEN: Happened[] = [{ what: "start" }, { what: "ticket", ticket: "t" }, { what: "opened" }];

describe("the live connection", () => {
  test("asks for a ticket, then opens with it", () => {
    expect(run({ what: "start" }).effects).toContainEqual({ effect: "ask-ticket" });
    expect(run(...OPEN.slice(0, 2)).effects).toContainEqual({ effect: "open", ticket: "t" });
    expect(run(...OPEN).state.phase).toBe("open");
  });

  test("follows at once what was to be followed before it was open", () => {
    const { effects } = run({ what: "follow", target: SPRING }, ...OPEN);
    expect(effects).toContainEqual({ effect: "send", request: { action: "follow", ...SPRING } });
    expect(effects).not.toContainEqual({ effect: "resync" });
  });

  test("when it comes back, follows again and asks for everything that may have been missed", () => {
    const { effects } = run(
      { what: "follow", target: SPRING },
      ...OPEN,
      { what: "closed" },
      { what: "woken" },
      ...OPEN.slice(1),
    );
    expect(effects).toContainEqual({ effect: "send", request: { action: "follow", ...SPRING } });
    expect(effects).toContainEqual({ effect: "resync" });
  });

  test("after the answer to a follow, looks at what happened before it", () => {
    const { effects } = run(...OPEN, { what: "message", message: { kind: "following", ...SPRING } });
    expect(effects).toContainEqual({ effect: "push", push: { kind: "history", ...SPRING } });
  });

  test("waits longer after each failure, and forgets them once it is open", () => {
    const failing: Happened[] = [{ what: "start" }, { what: "no-ticket" }];
    const again: Happened[] = [{ what: "due", timer: "retry" }, { what: "no-ticket" }];
    expect(run(...failing).effects).toContainEqual({ effect: "set", timer: "retry", ms: backoff(0, 0.5) });
    expect(run(...failing, ...again).effects).toContainEqual({ effect: "set", timer: "retry", ms: backoff(1, 0.5) });
    expect(run(...failing, { what: "due", timer: "retry" }, ...OPEN.slice(1)).state.failures).toBe(0);
  });

  test("pings before the gateway closes it, and takes it for lost when no answer comes", () => {
    expect(run(...OPEN).effects).toContainEqual({ effect: "set", timer: "ping", ms: PING_MS });
    const pinged: Happened[] = [...OPEN, { what: "due", timer: "ping" }];
    expect(run(...pinged).effects).toEqual([
      { effect: "send", request: { action: "ping" } },
      { effect: "set", timer: "answer", ms: ANSWER_MS },
    ]);
    const answered = run(...pinged, { what: "message", message: { kind: "pong" } });
    expect(answered.effects).toContainEqual({ effect: "unset", timer: "answer" });
    const lost = run(...pinged, { what: "due", timer: "answer" });
    expect(lost.state.phase).toBe("waiting");
    expect(lost.effects).toContainEqual({ effect: "close" });
  });

  test("does not wait on when the network is back", () => {
    const { state, effects } = run({ what: "start" }, { what: "no-ticket" }, { what: "woken" });
    expect(state.phase).toBe("ticket");
    expect(effects).toContainEqual({ effect: "unset", timer: "retry" });
  });

  test("stops for good", () => {
    const { state } = run(...OPEN, { what: "stop" }, { what: "closed" }, { what: "due", timer: "retry" });
    expect(state.phase).toBe("off");
  });
});

const target = fc.option(fc.record({ workflow: fc.string(), name: fc.string() }));
const anything: fc.Arbitrary<Happened> = fc.oneof(
  fc.constantFrom<Happened>(
    { what: "start" },
    { what: "stop" },
    { what: "no-ticket" },
    { what: "opened" },
    { what: "closed" },
    { what: "woken" },
    { what: "ticket", ticket: "t" },
    { what: "message", message: { kind: "pong" } },
    { what: "message", message: { kind: "failures" } },
    { what: "due", timer: "retry" },
    { what: "due", timer: "ping" },
    { what: "due", timer: "answer" },
  ),
  target.map((to): Happened => ({ what: "follow", target: to })),
);

describe("whatever happens", () => {
  test("there is one connection at most, and never a wait without a way out", () => {
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (all, random) => {
          let state = BEGINNING;
          let sockets = 0;
          const timers = new Set<string>();
          for (const happened of all) {
            if (happened.what === "due") timers.delete(happened.timer);
            const [next, effects] = step(state, happened, random);
            for (const effect of effects) {
              if (effect.effect === "open") sockets += 1;
              if (effect.effect === "close") sockets = 0;
              if (effect.effect === "set") timers.add(effect.timer);
              if (effect.effect === "unset") timers.delete(effect.timer);
              if (effect.effect === "send") expect(next.phase, "something is sent where nothing is open").toBe("open");
            }
            // A timer that nobody has set can't be due.
            if (happened.what === "due" && next.phase === state.phase) timers.add(happened.timer);
            state = next;
            expect(sockets, "a second connection").toBeLessThanOrEqual(1);
            if (state.phase === "opening" || state.phase === "open") expect(sockets, "open without a socket").toBe(1);
            if (state.phase === "ticket" || state.phase === "opening") expect(timers).toContain("answer");
            if (state.phase === "waiting") expect(timers).toContain("retry");
          }
        },
      ),
    );
  });

  test("the wait is between half of its most and its most", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const ms = backoff(failures, random);
        expect(ms).toBeGreaterThanOrEqual(500);
        expect(ms).toBeLessThanOrEqual(MAX_WAIT_MS);
      }),
    );
  });
});
