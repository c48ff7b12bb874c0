import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import { answer, api } from "../api/client";
import { useStanding } from "../auth/current";
import { Connection } from "./connection";
import { Invalidation } from "./invalidation";
import type { Phase } from "./machine";

const Live = createContext<Connection | null>(null);

/** Keeps the live connection for as long as somebody is signed in. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [connection] = useState(() => {
    const invalidation = new Invalidation(queries);
    return new Connection({
      ticket: askTicket,
      open: (ticket) => new WebSocket(address(ticket)),
      onPush: invalidation.push,
      onResync: invalidation.resync,
      random: Math.random,
    });
  });
  const signedIn = useStanding().kind === "signed-in";

  useEffect(() => {
    if (!signedIn) return;
    connection.start();
    const wake = () => {
      if (document.visibilityState === "visible") connection.wake();
    };
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      connection.stop();
    };
  }, [connection, signedIn]);

  return <Live value={connection}>{children}</Live>;
}

/** Follow one execution for as long as the component is there; its `execution` and `history` queries go stale. */
export function useFollow(workflow: string, name: string): void {
  const connection = use(Live);
  useEffect(() => {
    connection?.follow({ workflow, name });
    return () => connection?.follow(null);
  }, [connection, workflow, name]);
}

/** How the live connection stands. */
export function useLivePhase(): Phase {
  const connection = use(Live);
  return useSyncExternalStore(connection?.subscribe ?? never, () => connection?.phase ?? "off");
}

function never(): () => void {
  return () => undefined;
}

function address(ticket: string): string {
  const url = new URL("/live", window.location.href);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  url.searchParams.set("ticket", ticket);
  return url.href;
}

async function askTicket(): Promise<string> {
  const { ticket } = await answer(api.POST("/live/ticket"));
  return ticket;
}
