/** Lengths of time in words. */

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
];

/** A length in its two largest units: `2 d 3 h`, `1 min 5 s`, `1.25 s`, `40 ms`. */
export function lengthOf(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  if (whole < 10_000) return `${Number((Math.floor(whole / 10) / 100).toFixed(2))} s`;
  const [, parts] = UNITS.reduce<[number, string[]]>(
    ([left, found], [unit, size]) => {
      const count = Math.floor(left / size);
      return [left - count * size, count > 0 || found.length > 0 ? [...found, `${count} ${unit}`] : found];
    },
    [whole, []],
  );
  return parts
    .slice(0, 2)
    .filter((part, index) => index === 0 || !part.startsWith("0 "))
    .join(" ");
}

/** How long ago, or how far ahead: `just now`, `5 min ago`, `in 2 h 10 min`. Seconds only below a minute. */
export function ageOf(then: number, now: number): string {
  const ms = now - then;
  const distance = Math.abs(ms);
  if (distance < 1000) return "just now";
  const words =
    distance < 60_000 ? `${Math.floor(distance / 1000)} s` : lengthOf(Math.floor(distance / 60_000) * 60_000);
  return ms > 0 ? `${words} ago` : `in ${words}`;
}
