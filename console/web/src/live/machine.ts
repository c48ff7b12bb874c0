/** The live connection as a state machine that does nothing itself: it takes what happened and says what to do. */

import type { ExecutionId, Message, Push, Request } from "./messages";

export type Phase = "off" | "ticket" | "opening" | "open" | "waiting";

export interface State {
  phase: Phase;
  /** Attempts that have failed since it was last open. */
  failures: number;
  /** Whether it has been open: then pushes may have been missed, and everything is asked for again. */
  wasOpen: boolean;
  follow: ExecutionId | null;
}

export type Happened =
  | { what: "start" }
  | { what: "stop" }
  | { what: "ticket"; ticket: string }
  | { what: "no-ticket" }
  | { what: "opened" }
  | { what: "closed" }
  | { what: "message"; message: Message }
  | { what: "follow"; target: ExecutionId | null }
  | { what: "due"; timer: Timer }
  /** The network or the page is back: don't wait any longer, and see whether the connection is still one. */
  | { what: "woken" };

export type Timer = "retry" | "ping" | "answer";

export type Effect =
  | { effect: "ask-ticket" }
  | { effect: "open"; ticket: string }
  | { effect: "send"; request: Request }
  | { effect: "close" }
  | { effect: "set"; timer: Timer; ms: number }
  | { effect: "unset"; timer: Timer }
  | { effect: "push"; push: Push }
  | { effect: "resync" };

type Step = [State, Effect[]];

/** API Gateway closes a connection on which nothing has been said for 10 minutes. */
export const PING_MS = 300_000;
/** How long an answer, a ticket or the opening may take. */
export const ANSWER_MS = 10_000;
const MIN_WAIT_MS = 1_000;
export const MAX_WAIT_MS = 60_000;

export const BEGINNING: State = { phase: "off", failures: 0, wasOpen: false, follow: null };

/** @param random a number from 0 up to 1, so that pages which lost their server together don't come back together */
export function step(state: State, happened: Happened, random: number): Step {
  switch (happened.what) {
    case "start":
      return state.phase === "off" ? begin(state) : [state, []];
    case "stop":
      return [{ ...BEGINNING, follow: state.follow }, [...quiet(), { effect: "close" }]];
    case "ticket":
      if (state.phase !== "ticket") return [state, []];
      return [{ ...state, phase: "opening" }, [{ effect: "open", ticket: happened.ticket }, answerWithin()]];
    case "no-ticket":
      return state.phase === "ticket" ? lost(state, random) : [state, []];
    case "opened":
      return state.phase === "opening" ? opened(state) : [state, []];
    case "closed":
      return state.phase === "opening" || state.phase === "open" ? lost(state, random) : [state, []];
    case "message":
      return state.phase === "open" ? received(state, happened.message) : [state, []];
    case "follow":
      return follow(state, happened.target);
    case "due":
      return due(state, happened.timer, random);
    case "woken":
      return woken(state);
  }
}

/** How long to wait after this many failures: up to twice as long each time, never less than half of that. */
export function backoff(failures: number, random: number): number {
  const most = Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** Math.min(failures, 16));
  return Math.round(most / 2 + (most / 2) * random);
}

function begin(state: State): Step {
  return [{ ...state, phase: "ticket" }, [{ effect: "ask-ticket" }, answerWithin()]];
}

function opened(state: State): Step {
  const effects: Effect[] = [{ effect: "unset", timer: "answer" }, pingLater()];
  if (state.follow !== null) effects.push({ effect: "send", request: { action: "follow", ...state.follow } });
  if (state.wasOpen) effects.push({ effect: "resync" });
  return [{ ...state, phase: "open", failures: 0, wasOpen: true }, effects];
}

function lost(state: State, random: number): Step {
  const ms = backoff(state.failures, random);
  return [
    { ...state, phase: "waiting", failures: state.failures + 1 },
    [...quiet(), { effect: "close" }, { effect: "set", timer: "retry", ms }],
  ];
}

function received(state: State, message: Message): Step {
  const alive: Effect[] = [{ effect: "unset", timer: "answer" }, pingLater()];
  switch (message.kind) {
    case "pong":
      return [state, alive];
    case "following":
      // What happened between the page's last look and this answer was pushed to nobody.
      return [state, [...alive, { effect: "push", push: { ...message, kind: "history" } }]];
    default:
      return [state, [...alive, { effect: "push", push: message }]];
  }
}

function follow(state: State, target: ExecutionId | null): Step {
  const next = { ...state, follow: target };
  if (state.phase !== "open") return [next, []];
  const request: Request = target === null ? { action: "unfollow" } : { action: "follow", ...target };
  return [next, [{ effect: "send", request }]];
}

function due(state: State, timer: Timer, random: number): Step {
  if (timer === "retry") return state.phase === "waiting" ? begin(state) : [state, []];
  if (timer === "answer") {
    return state.phase === "off" || state.phase === "waiting" ? [state, []] : lost(state, random);
  }
  return state.phase === "open" ? ping(state) : [state, []];
}

function woken(state: State): Step {
  if (state.phase === "waiting") {
    const [next, effects] = begin(state);
    return [next, [{ effect: "unset", timer: "retry" }, ...effects]];
  }
  return state.phase === "open" ? ping(state) : [state, []];
}

function ping(state: State): Step {
  return [state, [{ effect: "send", request: { action: "ping" } }, answerWithin()]];
}

function answerWithin(): Effect {
  return { effect: "set", timer: "answer", ms: ANSWER_MS };
}

function pingLater(): Effect {
  return { effect: "set", timer: "ping", ms: PING_MS };
}

function quiet(): Effect[] {
  return (["retry", "ping", "answer"] as const).map((timer) => ({ effect: "unset", timer }));
}
