/** What has become of a state, in words and as a sign: never by colour alone. */
import type { StateStatus as EnteredStatus } from "../history/model";

/** What the history says of a state that was entered, and of one that was not. */
export type StateStatus = EnteredStatus | "NOT_ENTERED";

export const STATUS_TEXT: Readonly<Record<StateStatus, string>> = {
  NOT_ENTERED: "Not entered",
  RUNNING: "Running",
  WAITING: "Waiting",
  RETRYING: "Retrying",
  SUCCEEDED: "Succeeded",
  CAUGHT: "Caught error",
  FAILED: "Failed",
  TIMED_OUT: "Timed out",
  ABORTED: "Aborted",
};

/** Path data of a sign of 12 by 12, drawn with strokes. */
export const STATUS_SIGN: Readonly<Record<StateStatus, string>> = {
  NOT_ENTERED: "M3 6H9",
  RUNNING: "M6 1.5A4.5 4.5 0 1 1 1.5 6",
  WAITING: "M2.5 1.5H9.5L6 6L9.5 10.5H2.5L6 6Z",
  RETRYING: "M10.5 6A4.5 4.5 0 1 1 8.6 2.3M8.8 0V2.6H6.2",
  SUCCEEDED: "M1.5 6.5L4.5 9.5L10.5 2.5",
  CAUGHT: "M10.5 2V5.5H2M4.5 3L2 5.5L4.5 8M6 10.5H10.5",
  FAILED: "M2 2L10 10M10 2L2 10",
  TIMED_OUT: "M6 1A5 5 0 1 0 6 11A5 5 0 1 0 6 1M6 3V6L8.2 7.5",
  ABORTED: "M2 2H10V10H2Z",
};

const TYPE_SIGNS: ReadonlyMap<string, string> = new Map([
  ["Task", "M9 1L3 9H7L6.5 15L13 6.5H8.5Z"],
  ["Choice", "M8 1L15 8L8 15L1 8Z"],
  ["Wait", "M8 1.5A6.5 6.5 0 1 0 8 14.5A6.5 6.5 0 1 0 8 1.5M8 4.5V8L10.5 10"],
  ["Parallel", "M8 1V5M3 15V9C3 7 5 5 8 5C11 5 13 7 13 9V15M8 5V15"],
  ["Map", "M8 1.5L15 5L8 8.5L1 5ZM1 8L8 11.5L15 8M1 11L8 14.5L15 11"],
  ["Pass", "M1.5 8H14M9.5 3.5L14 8L9.5 12.5"],
  ["Succeed", "M8 1A7 7 0 1 0 8 15A7 7 0 1 0 8 1M4.5 8.5L7 11L11.5 5.5"],
  ["Fail", "M8 1A7 7 0 1 0 8 15A7 7 0 1 0 8 1M5.5 5.5L10.5 10.5M10.5 5.5L5.5 10.5"],
]);

/** Path data of a sign of 16 by 16 for a type of states, drawn with strokes. */
export function typeSign(type: string): string {
  return TYPE_SIGNS.get(type) ?? "M2 2H14V14H2Z";
}
