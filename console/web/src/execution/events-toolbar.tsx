import Button from "@cloudscape-design/components/button";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import { type Ref, useMemo } from "react";
import type { EventFilter, EventGroup } from "../history/filter";
import type { History } from "../history/model";
import type { Matches } from "./use-matches";

interface ToolbarProps {
  history: History;
  shown: number;
  filter: EventFilter;
  onFilter: (filter: EventFilter) => void;
  typed: string;
  onType: (typed: string) => void;
  matches: Matches;
  /** Which match is active, -1 for none. */
  match: number;
  onMatch: (by: number) => void;
  search: Ref<InputProps.Ref>;
}

/** What is shown of the events, and the search in it. */
export function EventsToolbar({ history, shown, filter, onFilter, ...search }: ToolbarProps) {
  const states = useMemo(() => stateOptions(history), [history]);
  const visits = useMemo(() => visitOptions(history, filter.state), [history, filter.state]);
  const groups = useMemo(() => groupOptions(history), [history]);
  const selected = (options: SelectProps.Option[], value: string) => options.find((one) => one.value === value) ?? null;
  return (
    <div className="events-bar">
      <Search {...search} />
      <Select
        ariaLabel="Events of which state"
        options={states}
        selectedOption={selected(states, filter.state === null ? ANY : `=${filter.state}`)}
        filteringType={states.length > 10 ? "auto" : "none"}
        virtualScroll={states.length > 100}
        onChange={({ detail }) => {
          const value = detail.selectedOption.value ?? ANY;
          onFilter({ ...filter, state: value === ANY ? null : value.slice(1), visit: null });
        }}
      />
      {visits.length > 2 && (
        <Select
          ariaLabel="Events of which visit"
          options={visits}
          selectedOption={selected(visits, filter.visit === null ? ANY : String(filter.visit))}
          filteringType={visits.length > 10 ? "auto" : "none"}
          virtualScroll={visits.length > 100}
          onChange={({ detail }) => {
            const value = detail.selectedOption.value ?? ANY;
            onFilter({ ...filter, visit: value === ANY ? null : Number(value) });
          }}
        />
      )}
      <Select
        ariaLabel="Which events"
        options={groups}
        selectedOption={selected(groups, filter.group)}
        onChange={({ detail }) => onFilter({ ...filter, group: detail.selectedOption.value as EventGroup })}
      />
      <span role="status" className="events-count">
        {count(shown, history.events.length)}
      </span>
    </div>
  );
}

function count(shown: number, all: number): string {
  const said = (value: number) => value.toLocaleString("en");
  return shown === all ? `${said(all)} events` : `${said(shown)} of ${said(all)} events`;
}

type SearchProps = Pick<ToolbarProps, "typed" | "onType" | "matches" | "match" | "onMatch" | "search">;

function Search({ typed, onType, matches, match, onMatch, search }: SearchProps) {
  const found = matches.rows.length;
  const said = found.toLocaleString("en");
  const where = match < 0 ? `${said} found` : `${(match + 1).toLocaleString("en")} of ${said}`;
  return (
    <div className="events-search" data-filter>
      <Input
        ref={search}
        type="search"
        ariaLabel="Search in the events"
        placeholder="Search"
        clearAriaLabel="Clear the search"
        value={typed}
        onChange={({ detail }) => onType(detail.value)}
        onKeyDown={({ detail }) => {
          if (detail.key === "Enter" || detail.key === "ArrowDown") onMatch(detail.shiftKey ? -1 : 1);
          if (detail.key === "ArrowUp") onMatch(-1);
        }}
      />
      {typed !== "" && (
        <span className="events-found">
          <span role="status">{matches.searching ? `${said}…` : where}</span>
          <Button
            variant="icon"
            iconName="angle-up"
            ariaLabel="Previous match"
            disabled={found === 0}
            onClick={() => onMatch(-1)}
          />
          <Button
            variant="icon"
            iconName="angle-down"
            ariaLabel="Next match"
            disabled={found === 0}
            onClick={() => onMatch(1)}
          />
        </span>
      )}
    </div>
  );
}

const ANY = "*";

function stateOptions(history: History): SelectProps.Option[] {
  const states = [...history.states.values()].map(({ name, visits }) => ({
    value: `=${name}`,
    label: name,
    ...(visits > 1 && { labelTag: `${visits.toLocaleString("en")} visits` }),
  }));
  return [{ value: ANY, label: "All states" }, ...states];
}

function visitOptions(history: History, state: string | null): SelectProps.Option[] {
  if (state === null) return [];
  const visits = history.visits.filter(({ name }) => name === state);
  const options = visits.map(({ index, ordinal }) => ({ value: String(index), label: `Visit ${ordinal}` }));
  return [{ value: ANY, label: "All visits" }, ...options];
}

function groupOptions(history: History): SelectProps.Option[] {
  const options: [EventGroup, string][] = [
    ["all", "All events"],
    ["failures", "Failures and aborts"],
    ["states", "States entered and left"],
    ["attempts", "Attempts"],
    ["execution", "The execution itself"],
  ];
  if (history.scopes.some(({ kind }) => kind === "iteration")) options.push(["iterations", "Iterations"]);
  if (history.unplaced.length > 0) options.push(["unplaced", "Those that fit nowhere"]);
  return options.map(([value, label]) => ({ value, label }));
}
