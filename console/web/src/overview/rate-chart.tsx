import { useId } from "react";
import { useNarrow } from "../app/narrow";
import { PlainTable } from "../app/plain-table";
import { inWords, type Rate, topOf } from "./rates";

const HEIGHT = 160;
const LEFT = 36;
const BOTTOM = 20;
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** Executions by the hour: how they ended as bars, how many started as a line. The same stands below as a table. */
export function RateChart({ rates }: { rates: readonly Rate[] }) {
  const title = useId();
  // Drawn as wide as there is room, so that its letters keep their size.
  const narrow = useNarrow();
  const width = narrow ? 300 : 720;
  const top = topOf(rates);
  const step = (width - LEFT) / Math.max(1, rates.length);
  const y = (count: number): number => (HEIGHT - BOTTOM) * (1 - count / top);
  const middle = (index: number): number => LEFT + step * (index + 0.5);
  return (
    <svg className="baton-chart" viewBox={`0 -8 ${width} ${HEIGHT + 8}`} role="img" aria-labelledby={title}>
      <title id={title}>{inWords(rates)}</title>
      {[0, top / 2, top].map((count) => (
        <g key={count} aria-hidden>
          <line className="baton-chart-grid" x1={LEFT} x2={width} y1={y(count)} y2={y(count)} />
          {Number.isInteger(count) && (
            <text x={LEFT - 6} y={y(count) + 4} textAnchor="end">
              {count}
            </text>
          )}
        </g>
      ))}
      {rates.map(({ since, succeeded, failed }, index) => (
        <g key={since} aria-hidden>
          <Bar kind="succeeded" x={middle(index)} width={step * 0.7} from={y(succeeded)} to={y(0)} />
          <Bar kind="failed" x={middle(index)} width={step * 0.7} from={y(succeeded + failed)} to={y(succeeded)} />
          {index % (narrow ? 8 : 6) === 0 && (
            <text x={middle(index)} y={HEIGHT - 4} textAnchor="middle">
              {HOUR.format(new Date(since))}
            </text>
          )}
        </g>
      ))}
      <polyline
        className="baton-chart-started"
        points={rates.map(({ started }, index) => `${middle(index)},${y(started)}`).join(" ")}
      />
    </svg>
  );
}

interface BarProps {
  kind: "succeeded" | "failed";
  x: number;
  width: number;
  from: number;
  to: number;
}

function Bar({ kind, x, width, from, to }: BarProps) {
  return <rect className={`baton-chart-${kind}`} x={x - width / 2} y={from} width={width} height={to - from} />;
}

export function Legend() {
  return (
    <div className="baton-legend">
      <span>
        <i className="baton-chart-started" aria-hidden /> started
      </span>
      <span>
        <i className="baton-chart-succeeded" aria-hidden /> succeeded
      </span>
      <span>
        <i className="baton-chart-failed" aria-hidden /> failed, timed out or aborted
      </span>
    </div>
  );
}

export function RateTable({ rates }: { rates: readonly Rate[] }) {
  return (
    <PlainTable columns={["Hour", "Started", "Succeeded", "Ended otherwise"]}>
      {rates.toReversed().map(({ since, started, succeeded, failed }) => (
        <tr key={since}>
          <th scope="row">{HOUR.format(new Date(since))}</th>
          <td>{started}</td>
          <td>{succeeded}</td>
          <td>{failed}</td>
        </tr>
      ))}
    </PlainTable>
  );
}
