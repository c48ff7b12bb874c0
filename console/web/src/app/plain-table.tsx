import type { ReactNode } from "react";

/** A table to read, without sorting or pages: `children` are its rows. */
export function PlainTable({ columns, children }: { columns: readonly string[]; children: ReactNode }) {
  return (
    <div className="baton-scroll">
      <table className="baton-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
