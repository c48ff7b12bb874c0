import { BEGINNING, type Happened, type Phase, type State, step, type Timer } from "./machine";
import { type ExecutionId, messageIn, type Push } from "./messages";

/** What the connection needs: a ticket, a socket, and whom to tell. */
export interface Wiring {
  ticket: () => Promise<string>;
  open: (ticket: string) => WebSocket;
  onPush: (push: Push) => void;
  onResync: () => void;
  random: () => number;
}

/** Does what the state machine says: asks for tickets, keeps the socket and the timers. */
export class Connection {
  #state: State = BEGINNING;
  #socket: WebSocket | null = null;
  /** Counts attempts, so that a ticket that was asked for in an earlier one is not used in a later one. */
  #attempt = 0;
  readonly #timers = new Map<Timer, ReturnType<typeof setTimeout>>();
  readonly #listeners = new Set<() => void>();

  constructor(private readonly wiring: Wiring) {}

  get phase(): Phase {
    return this.#state.phase;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): void {
    this.#take({ what: "start" });
  }

  stop(): void {
    this.#take({ what: "stop" });
  }

  follow(target: ExecutionId | null): void {
    this.#take({ what: "follow", target });
  }

  wake(): void {
    this.#take({ what: "woken" });
  }

  #take(happened: Happened): void {
    const before = this.#state.phase;
    const [state, effects] = step(this.#state, happened, this.wiring.random());
    this.#state = state;
    for (const effect of effects) {
      switch (effect.effect) {
        case "ask-ticket":
          this.#askTicket();
          break;
        case "open":
          this.#open(effect.ticket);
          break;
        case "send":
          this.#socket?.send(JSON.stringify(effect.request));
          break;
        case "close":
          this.#close();
          break;
        case "set":
          this.#unset(effect.timer);
          this.#timers.set(
            effect.timer,
            setTimeout(() => this.#take({ what: "due", timer: effect.timer }), effect.ms),
          );
          break;
        case "unset":
          this.#unset(effect.timer);
          break;
        case "push":
          this.wiring.onPush(effect.push);
          break;
        case "resync":
          this.wiring.onResync();
          break;
      }
    }
    if (state.phase !== before) for (const listener of this.#listeners) listener();
  }

  #askTicket(): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const current = (happened: Happened): void => {
      if (attempt === this.#attempt) this.#take(happened);
    };
    this.wiring.ticket().then(
      (ticket) => current({ what: "ticket", ticket }),
      () => current({ what: "no-ticket" }),
    );
  }

  #open(ticket: string): void {
    const socket = this.wiring.open(ticket);
    this.#socket = socket;
    const current = (happened: Happened): void => {
      if (this.#socket === socket) this.#take(happened);
    };
    socket.addEventListener("open", () => current({ what: "opened" }));
    socket.addEventListener("close", () => current({ what: "closed" }));
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      const message = typeof event.data === "string" ? messageIn(event.data) : null;
      if (message !== null) current({ what: "message", message });
    });
  }

  #close(): void {
    this.#attempt += 1;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  #unset(timer: Timer): void {
    clearTimeout(this.#timers.get(timer));
    this.#timers.delete(timer);
  }
}
