import { useClock } from "./clock";
import { ageOf, lengthOf } from "./periods";

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const PRECISE = new Intl.DateTimeFormat(undefined, {
  dateStyle: undefined,
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** What the API, a history or a clock gives: an ISO 8601 string, a date, or milliseconds since 1970. */
export type Moment = string | Date | number;

interface TimeProps {
  at: Moment | null | undefined;
  /** `age`: only how long ago; `full`: the local time and how long ago; else the local time. */
  show?: "time" | "age" | "full";
  /** With milliseconds. */
  precise?: boolean;
}

/** A moment in the zone of whoever looks; UTC is its tooltip, and is read out. */
export function Time({ at, show = "time", precise = false }: TimeProps) {
  const moment = at === null || at === undefined ? Number.NaN : new Date(at).getTime();
  if (Number.isNaN(moment)) return <span>–</span>;
  const iso = new Date(moment).toISOString();
  const utc = `${iso.replace("T", " ").replace("Z", "")} UTC`;
  const local = (precise ? PRECISE : LOCAL).format(moment);
  return (
    <time dateTime={iso} title={show === "age" ? `${local}, ${utc}` : utc}>
      {show !== "age" && local}
      {show === "full" && " · "}
      {show !== "time" && <Age moment={moment} />}
      <span className="baton-read-out">, {utc}</span>
    </time>
  );
}

function Age({ moment }: { moment: number }) {
  return <>{useClock((now) => ageOf(moment, now))}</>;
}

/** How long something took; while it has no end, how long it takes so far. */
export function Duration({ from, to }: { from: Moment; to: Moment | null | undefined }) {
  const start = new Date(from).getTime();
  if (to === null || to === undefined) return <Running start={start} />;
  return <>{lengthOf(new Date(to).getTime() - start)}</>;
}

function Running({ start }: { start: number }) {
  return <>{useClock((now) => lengthOf(Math.max(0, Math.floor((now - start) / 1000) * 1000)))}</>;
}
