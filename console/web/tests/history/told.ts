/** Events from `[previous, type, details]`, one second apart, as GetExecutionHistory gives them. */
export function told(...given: [number, string, Record<string, unknown>?][]) {
  return given.map(([previousEventId, type, details], index) => ({
    id: index + 1,
    previousEventId,
    type,
    timestamp: 1_000 + index,
    ...(details === undefined ? {} : { [`${detailsKey(type)}EventDetails`]: details }),
  }));
}

function detailsKey(type: string): string {
  if (type.endsWith("StateEntered")) return "stateEntered";
  if (type.endsWith("StateExited")) return "stateExited";
  return type.charAt(0).toLowerCase() + type.slice(1);
}

/** A chain of so many Pass states in a loop of three, and what it takes around it. */
export function chain(visits: number) {
  const states = ["Load", "Check", "Store"];
  const events: [number, string, Record<string, unknown>?][] = [[0, "ExecutionStarted", { input: "{}" }]];
  for (let visit = 0; visit < visits; visit += 1) {
    const name = states[visit % states.length];
    const before = events.length === 1 ? 0 : events.length;
    events.push([before, "PassStateEntered", { name, input: `{"visit": ${visit}}` }]);
    events.push([events.length, "PassStateExited", { name, output: `{"visit": ${visit}}` }]);
  }
  events.push([events.length, "ExecutionSucceeded", { output: "{}" }]);
  return told(...events);
}
