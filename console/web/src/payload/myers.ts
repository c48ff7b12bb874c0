/** A run of two sequences: `kept` items of both, or `removed` of the left and `added` of the right. */
export interface Run {
  kept: number;
  removed: number;
  added: number;
}

/** Beyond so many differences the rest counts as replaced: time and memory grow with their square. */
const MOST = 300;

/**
 * The shortest way from one sequence of numbers to another, by Myers' algorithm.
 *
 * https://doi.org/10.1007/BF01840446
 */
export function runs(left: ArrayLike<number>, right: ArrayLike<number>): Run[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  const most = Math.min(left.length, right.length) - start;
  while (end < most && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;

  const found: Run[] = [];
  add(found, { kept: start, removed: 0, added: 0 });
  const [n, m] = [left.length - start - end, right.length - start - end];
  for (const run of middle(left, right, start, n, m)) add(found, run);
  add(found, { kept: end, removed: 0, added: 0 });
  return found;
}

function add(found: Run[], run: Run) {
  if (run.kept + run.removed + run.added === 0) return;
  const last = found.at(-1);
  if (last !== undefined && last.kept > 0 === run.kept > 0) {
    last.kept += run.kept;
    last.removed += run.removed;
    last.added += run.added;
  } else found.push({ ...run });
}

function middle(left: ArrayLike<number>, right: ArrayLike<number>, start: number, n: number, m: number): Run[] {
  if (n === 0 || m === 0) return [{ kept: 0, removed: n, added: m }];
  const trace = searched(left, right, start, n, m);
  return trace === null ? [{ kept: 0, removed: n, added: m }] : walked(trace, n, m);
}

/** How far each diagonal reaches after each number of differences, up to the last; null if there are too many. */
function searched(
  left: ArrayLike<number>,
  right: ArrayLike<number>,
  start: number,
  n: number,
  m: number,
): Int32Array[] | null {
  const limit = Math.min(n + m, MOST);
  const trace: Int32Array[] = [];
  let reach = new Int32Array(3);
  for (let d = 0; d <= limit; d += 1) {
    const next = new Int32Array(2 * d + 3);
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && value(reach, d - 1, k - 1) < value(reach, d - 1, k + 1));
      let x = d === 0 ? 0 : down ? value(reach, d - 1, k + 1) : value(reach, d - 1, k - 1) + 1;
      while (x < n && x - k < m && left[start + x] === right[start + x - k]) x += 1;
      next[k + d] = x;
      if (x >= n && x - k >= m) return [...trace, next];
    }
    trace.push(next);
    reach = next;
  }
  return null;
}

function value(reach: Int32Array, d: number, k: number): number {
  return reach[k + d] ?? 0;
}

function walked(trace: Int32Array[], n: number, m: number): Run[] {
  const back: Run[] = [];
  let [x, y] = [n, m];
  for (let d = trace.length - 1; d > 0; d -= 1) {
    const reach = trace[d - 1] as Int32Array;
    const k = x - y;
    const down = k === -d || (k !== d && value(reach, d - 1, k - 1) < value(reach, d - 1, k + 1));
    const from = value(reach, d - 1, down ? k + 1 : k - 1);
    const to = down ? from : from + 1;
    back.push({ kept: x - to, removed: 0, added: 0 });
    back.push({ kept: 0, removed: down ? 0 : 1, added: down ? 1 : 0 });
    [x, y] = [from, from - (down ? k + 1 : k - 1)];
  }
  back.push({ kept: x, removed: 0, added: 0 });
  return back.reverse();
}
