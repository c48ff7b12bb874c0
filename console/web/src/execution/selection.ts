import { useCallback, useMemo } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import type { History } from "../history/model";
import { openVisits } from "./open-visits";
import { choicesFor, type Standing, standing } from "./standing";

/** What is looked at, kept in the address: `state`, `visit` (which one of the state, from 1), `tab`, `in.MAP` (which iteration). */
export interface Selection {
  standing: Standing;
  state: string | null;
  /** Index of the visit in the history, null where the state was not entered. */
  visit: number | null;
  tab: string | null;
  /** The event of the address, `#event-123`. */
  event: number | null;
  selectState: (state: string | null) => void;
  selectVisit: (visit: number) => void;
  selectTab: (tab: string) => void;
  selectEvent: (id: number) => void;
  selectIteration: (map: string, index: number) => void;
}

const IN = "in.";
const EVENT = /^#event-(\d{1,9})$/;

export function useSelection(history: History): Selection {
  const [params, setParams] = useSearchParams();
  const { hash } = useLocation();
  const navigate = useNavigate();
  const chosenText = [...params].filter(([key]) => key.startsWith(IN)).toString();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `chosenText` is what of the address it is made of
  const chosen = useMemo(() => chosenIn(params), [chosenText]);
  const shown = useMemo(() => standing(history, chosen), [history, chosen]);
  const change = useCallback(
    (edit: (params: URLSearchParams) => void) => {
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          edit(after);
          return after;
        },
        { replace: true, preventScrollReset: true },
      );
    },
    [setParams],
  );
  const first = useMemo(() => firstSelected(history), [history]);
  // An empty one is none: somebody has closed the details.
  const state = params.has("state") ? params.get("state") || null : first;
  const visits = state === null ? [] : (shown.visits.get(state) ?? []);
  const wanted = visits[Number(params.get("visit")) - 1];
  return {
    standing: shown,
    state,
    visit: wanted ?? visits.at(-1) ?? null,
    tab: params.get("tab"),
    event: EVENT.test(hash) ? Number(EVENT.exec(hash)?.[1]) : null,
    selectEvent: useCallback(
      (id) =>
        void navigate(
          { search: window.location.search, hash: `#event-${id}` },
          { replace: true, preventScrollReset: true },
        ),
      [navigate],
    ),
    selectState: useCallback((name) => change((next) => setState(next, name)), [change]),
    selectTab: useCallback((tab) => change((next) => next.set("tab", tab)), [change]),
    selectIteration: useCallback(
      (map, index) =>
        change((next) => {
          next.set(`${IN}${map}`, String(index + 1));
          next.delete("visit");
        }),
      [change],
    ),
    selectVisit: useCallback((visit) => change((next) => setVisit(next, history, visit)), [change, history]),
  };
}

function chosenIn(params: URLSearchParams): Map<string, number> {
  const chosen = new Map<string, number>();
  for (const [key, value] of params) {
    if (key.startsWith(IN) && /^\d{1,9}$/.test(value)) chosen.set(key.slice(IN.length), Number(value) - 1);
  }
  return chosen;
}

function setState(params: URLSearchParams, name: string | null) {
  params.delete("visit");
  params.set("state", name ?? "");
}

/** What somebody comes for: the state that it stands in, or the one whose failure has ended it. */
function firstSelected(history: History): string | null {
  if (history.status === "SUCCEEDED") return null;
  const open = openVisits(history, new Map(), 1).shown[0]?.visit;
  const failed = history.visits.findLast(({ error, status }) => error !== null && status !== "SUCCEEDED");
  return (open ?? failed)?.name ?? null;
}

function setVisit(params: URLSearchParams, history: History, index: number) {
  const visit = history.visits[index];
  if (visit === undefined) return;
  const choices = choicesFor(history, index);
  for (const [map, iteration] of choices) params.set(`${IN}${map}`, String(iteration + 1));
  const shown = standing(history, chosenIn(params)).visits.get(visit.name) ?? [];
  setState(params, visit.name);
  params.set("visit", String(shown.indexOf(index) + 1));
}
