import { append } from "../history/append";
import { EMPTY, type History } from "../history/model";

/** A page of a history, as the API gives it: `next` is there always, and asks for what happens later. */
export interface Page {
  events: readonly unknown[];
  next: string;
  more: boolean;
}

/** Asks for the page after a cursor; undefined for the first one. */
export type AskPage = (after: string | undefined) => Promise<Page>;

/**
 * Keeps up with the history of an execution.
 *
 * Invariant: `history` holds each event once and in order, up to some moment, whatever order of hints, polls and failures
 * led to it. There is one request at a time, and the cursor moves only together with the events that came with it.
 */
export class HistorySync {
  #history: History = EMPTY;
  #cursor: string | undefined;
  #running: Promise<History> | null = null;
  #again = false;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly ask: AskPage,
    /** Whether an error says that the cursor is good for nothing any more. */
    private readonly isLost: (error: unknown) => boolean,
  ) {}

  get history(): History {
    return this.#history;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Gets what has happened by the time of this call, or later. Calls while it runs share its end, and make it look once
   * more. Throws what the request threw; what came before is kept, and the next call goes on from there.
   */
  catchUp(): Promise<History> {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #run(): Promise<History> {
    while (this.#again) {
      this.#again = false;
      for (let more = true; more; ) more = await this.#page();
    }
    return this.#history;
  }

  async #page(): Promise<boolean> {
    let page: Page;
    try {
      page = await this.ask(this.#cursor);
    } catch (error) {
      if (this.#cursor === undefined || !this.isLost(error)) throw error;
      // From the beginning; the events that are known are left out.
      this.#cursor = undefined;
      return true;
    }
    const fresh = page.events.filter((event) => idOf(event) > this.#history.lastId);
    const next = append(this.#history, fresh);
    this.#cursor = page.next;
    if (next !== this.#history) {
      this.#history = next;
      for (const listener of this.#listeners) listener();
    }
    return page.more;
  }
}

function idOf(event: unknown): number {
  const id = (event as { id?: unknown } | null)?.id;
  return typeof id === "number" ? id : Number.POSITIVE_INFINITY;
}
