import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HistorySync, type Page } from "../../src/execution/history-sync";
import type { History } from "../../src/history/model";

class Refused extends Error {}
class CursorLost extends Error {}

/** A history that grows, given page by page. The cursor is the number of events before it. */
class Server {
  events: unknown[] = [];
  requests = 0;
  most = 0;
  #next: "answer" | "refuse" | "lose" = "answer";

  constructor(
    private readonly pageSize: number,
    private readonly later: <T>(answer: () => Promise<T>) => Promise<T> = (answer) => answer(),
  ) {}

  grow(count: number) {
    for (let more = 0; more < count; more += 1) {
      const id = this.events.length + 1;
      this.events.push({ id, previousEventId: id - 1, type: id === 1 ? "ExecutionStarted" : "Unknown", timestamp: id });
    }
  }

  fail(how: "refuse" | "lose") {
    this.#next = how;
  }

  readonly ask = async (after: string | undefined): Promise<Page> => {
    this.requests += 1;
    this.most = Math.max(this.most, this.requests);
    try {
      return await this.later(async () => {
        const how = this.#next;
        this.#next = "answer";
        if (how === "refuse") throw new Refused();
        if (how === "lose" && after !== undefined) throw new CursorLost();
        const from = Number(after ?? 0);
        const events = this.events.slice(from, from + this.pageSize);
        return { events, next: String(from + events.length), more: from + events.length < this.events.length };
      });
    } finally {
      this.requests -= 1;
    }
  };
}

function syncWith(server: Server): HistorySync {
  return new HistorySync(server.ask, (error) => error instanceof CursorLost);
}

function ids(history: History): (number | null)[] {
  return history.events.map(({ id }) => id);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("grow" as const), by: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constantFrom("hint" as const, "refuse" as const, "lose" as const), by: fc.constant(0) }),
  ),
  { maxLength: 30 },
);

describe("keeping up with a history", () => {
  test("gives each event once and in order, whatever the order of hints, polls and failures", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), steps, fc.integer({ min: 1, max: 4 }), async (scheduler, plan, pageSize) => {
        const server = new Server(pageSize, (reply) => scheduler.schedule(Promise.resolve()).then(reply));
        const sync = syncWith(server);
        sync.subscribe(() => expect(ids(sync.history)).toEqual(upTo(sync.history.events.length)));
        scheduler.scheduleSequence(
          plan.map((step) => async () => {
            if (step.do === "grow") server.grow(step.by);
            else if (step.do === "hint") sync.catchUp().catch(() => undefined);
            else server.fail(step.do);
          }),
        );
        await scheduler.waitIdle();

        server.fail("lose");
        const last = sync.catchUp();
        await scheduler.waitFor(last);
        expect(ids(await last)).toEqual(upTo(server.events.length));
        expect(server.most, "requests at the same time").toBeLessThanOrEqual(1);
      }),
    );
  });

  test("looks once more for a hint that comes while it looks", async () => {
    const waiting: (() => void)[] = [];
    const server = new Server(10, (reply) =>
      reply().then((page) => new Promise<typeof page>((resolve) => waiting.push(() => resolve(page)))),
    );
    server.grow(2);
    const sync = syncWith(server);
    const first = sync.catchUp();
    await expect.poll(() => waiting.length).toBe(1);
    // Happens after the answer was made and before it arrives.
    server.grow(1);
    const second = sync.catchUp();
    waiting.shift()?.();
    await expect.poll(() => waiting.length).toBe(1);
    waiting.shift()?.();
    expect(ids(await first)).toEqual([1, 2, 3]);
    expect(await second).toBe(await first);
  });

  test("keeps what came before a failure, and goes on from there", async () => {
    const server = new Server(2);
    server.grow(2);
    const sync = syncWith(server);
    await sync.catchUp();
    server.fail("refuse");
    await expect(sync.catchUp()).rejects.toThrow(Refused);
    expect(ids(sync.history)).toEqual([1, 2]);
    server.grow(1);
    expect(ids(await sync.catchUp())).toEqual([1, 2, 3]);
  });

  test("leaves the history as it is where nothing has happened", async () => {
    const server = new Server(2);
    server.grow(3);
    const sync = syncWith(server);
    const before = await sync.catchUp();
    expect(await sync.catchUp()).toBe(before);
  });
});
