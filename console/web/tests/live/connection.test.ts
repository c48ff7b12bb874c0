import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Connection } from "../../src/live/connection";
import { Invalidation, WITHIN } from "../../src/live/invalidation";
import { messageIn, type Push } from "../../src/live/messages";

/** A socket that a test opens, closes and speaks through. */
class Socket extends EventTarget {
  sent: unknown[] = [];
  closed = false;
  send = (text: string) => void this.sent.push(JSON.parse(text));
  close = () => {
    this.closed = true;
  };
  says(message: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}

let sockets: Socket[];
let pushes: Push[];
let resyncs: number;
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  pushes = [];
  resyncs = 0;
  connection = new Connection({
    ticket: async () => "ticket",
    open: () => {
      const socket = new Socket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    onPush: (push) => pushes.push(push),
    onResync: () => {
      resyncs += 1;
    },
    random: () => 0,
  });
});

afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

async function opened(): Promise<Socket> {
  await vi.advanceTimersByTimeAsync(0);
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error("No connection was opened.");
  socket.dispatchEvent(new Event("open"));
  return socket;
}

test("pushes arrive, and what is no message is left out", async () => {
  connection.start();
  const socket = await opened();
  socket.says({ kind: "status", workflow: "w", name: "n", status: "FAILED" });
  socket.says({ kind: "something new" });
  socket.dispatchEvent(new MessageEvent("message", { data: "no JSON" }));
  expect(pushes).toEqual([{ kind: "status", workflow: "w", name: "n", status: "FAILED" }]);
});

test("a connection that was lost comes back, and what an old one still says counts no more", async () => {
  connection.start();
  const first = await opened();
  first.dispatchEvent(new Event("close"));
  expect(connection.phase).toBe("waiting");
  await vi.advanceTimersByTimeAsync(60_000);
  await opened();
  expect(connection.phase).toBe("open");
  expect(resyncs).toBe(1);
  first.says({ kind: "failures" });
  first.dispatchEvent(new Event("close"));
  expect(pushes).toEqual([]);
  expect(connection.phase).toBe("open");
});

test("a connection that does not open in time is given up", async () => {
  connection.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sockets[0]?.closed).toBe(true);
  expect(connection.phase).toBe("waiting");
});

describe("what a push makes stale", () => {
  /** Queries that count how often they are asked for again, and may be on their way. */
  function queries(fetching: () => boolean = () => false) {
    const stale: string[] = [];
    const invalidation = new Invalidation({
      invalidateQueries: async (filters) => void stale.push(JSON.stringify(filters?.queryKey)),
      isFetching: () => (fetching() ? 1 : 0),
    });
    return { stale, invalidation, count: (key: string) => stale.filter((one) => one === key).length };
  }
  const status = (name: string): Push => ({ kind: "status", workflow: "w", name, status: "SUCCEEDED" });

  test("is asked for again once, however many pushes come", async () => {
    const { invalidation, stale, count } = queries();
    for (let one = 0; one < 100; one += 1) invalidation.push(status(`n${one}`));
    expect(stale).toEqual([]);
    await vi.advanceTimersByTimeAsync(WITHIN.list);
    expect(count('["execution","w","n99"]')).toBe(1);
    expect(count('["executions"]')).toBe(1);
    expect(count('["overview"]')).toBe(0);
    await vi.advanceTimersByTimeAsync(WITHIN.overview);
    expect(count('["overview"]')).toBe(1);
    expect(count('["executions"]')).toBe(1);
  });

  test("waits for the answer that is on its way", async () => {
    let fetching = true;
    const { invalidation, count } = queries(() => fetching);
    invalidation.push({ kind: "history", workflow: "w", name: "n" });
    await vi.advanceTimersByTimeAsync(10 * WITHIN.execution);
    expect(count('["history","w","n"]')).toBe(0);
    fetching = false;
    await vi.advanceTimersByTimeAsync(WITHIN.execution);
    expect(count('["history","w","n"]')).toBe(1);
  });
});

test.each(["", "null", "[]", '{"kind":"status"}', '{"kind":"history","workflow":1,"name":"n"}'])(
  "%j is no message",
  (text) => {
    expect(messageIn(text)).toBeNull();
  },
);
