import type { Schema } from "../api/client";

type Hour = Schema["Hour"];

/** What the chart draws for an hour: how many executions began, ended well, and ended otherwise. */
export interface Rate {
  since: string;
  started: number;
  succeeded: number;
  failed: number;
}

export function ratesOf(hours: readonly Hour[]): Rate[] {
  return hours.map(({ since, started, succeeded, failed, timed_out, aborted }) => ({
    since,
    started,
    succeeded,
    failed: failed + timed_out + aborted,
  }));
}

/** The end of the axis: the next of 1, 2, 5, 10, 20, 50 … that nothing is above. */
export function topOf(rates: readonly Rate[]): number {
  const most = Math.max(1, ...rates.map(({ started, succeeded, failed }) => Math.max(started, succeeded + failed)));
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= most) ?? most;
}

/** What the chart says, for who can't see it. */
export function inWords(rates: readonly Rate[]): string {
  const sum = (read: (rate: Rate) => number): number => rates.reduce((total, rate) => total + read(rate), 0);
  return (
    `In ${rates.length} hours ${sum(({ started }) => started)} executions started, ` +
    `${sum(({ succeeded }) => succeeded)} succeeded, and ${sum(({ failed }) => failed)} ended otherwise.`
  );
}
