import type { History } from "../history/model";

/** An execution as it is shown, wherever it comes from. Times are milliseconds since 1970. */
export interface ExecutionData {
  /** Null in a file that does not say. */
  workflow: string | null;
  name: string | null;
  status: string;
  startedAt: number | null;
  endedAt: number | null;
  input: string | null;
  output: string | null;
  error: string | null;
  cause: string | null;
  /** The text of the state machine's definition, null where it is not known. */
  definition: string | null;
  history: History;
}
