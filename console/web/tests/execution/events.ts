/** Histories for tests, as GetExecutionHistory gives them. */

export interface TestEvent {
  id: number;
  previousEventId: number;
  timestamp: string;
  type: string;
  [details: string]: unknown;
}

const START = Date.parse("2026-03-01T12:00:00Z");

/** Builds a history event by event; each follows the one before unless it is told otherwise. A second passes each time. */
export class Told {
  readonly events: TestEvent[] = [];

  say(type: string, details: Record<string, unknown> = {}, after = this.events.length): number {
    const id = this.events.length + 1;
    const timestamp = new Date(START + id * 1000).toISOString();
    const key = detailsKey(type);
    this.events.push({ id, previousEventId: after, timestamp, type, [key]: details });
    return id;
  }

  enter(type: string, name: string, input: unknown = {}, after?: number): number {
    return this.say(`${type}StateEntered`, { name, input: JSON.stringify(input) }, after);
  }

  exit(type: string, name: string, output: unknown = {}, more: Record<string, unknown> = {}, after?: number): number {
    return this.say(`${type}StateExited`, { name, output: JSON.stringify(output), ...more }, after);
  }

  pass(name: string, after?: number): number {
    this.enter("Pass", name, {}, after);
    return this.exit("Pass", name);
  }
}

function detailsKey(type: string): string {
  if (type.endsWith("StateEntered")) return "stateEnteredEventDetails";
  if (type.endsWith("StateExited")) return "stateExitedEventDetails";
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

/** A Map state of three iterations, of which the second one failed, twice with a loop inside. */
export function mapHistory(): TestEvent[] {
  const told = new Told();
  told.say("ExecutionStarted", { input: '{"items":[1,2,3]}' });
  told.pass("Prepare");
  const map = told.enter("Map", "Each");
  const started = told.say("MapStateStarted", { length: 3 }, map);
  const one = told.say("MapIterationStarted", { name: "Each", index: 0 }, started);
  const two = told.say("MapIterationStarted", { name: "Each", index: 1 }, started);
  const first = told.pass("Work", one);
  told.say("MapIterationSucceeded", { name: "Each", index: 0 }, first);
  const again = told.pass("Work", two);
  const work = told.enter("Task", "Check", {}, again);
  told.say("TaskScheduled", { resource: "invoke", resourceType: "lambda", parameters: "{}" }, work);
  return told.events;
}
