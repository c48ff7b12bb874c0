import Pagination from "@cloudscape-design/components/pagination";
import type { Trail } from "./trail";

/** The pages of a list that is read by cursors: those seen so far, and one more as long as there is a `next`. */
export function CursorPages({ trail, next, loading }: { trail: Trail; next: string | null; loading: boolean }) {
  return (
    <Pagination
      currentPageIndex={trail.page}
      pagesCount={trail.page + (next === null ? 0 : 1)}
      openEnd={next !== null}
      disabled={loading}
      onChange={({ detail }) => trail.go(detail.currentPageIndex, next)}
      ariaLabels={{
        nextPageLabel: "Next page",
        previousPageLabel: "Page before",
        pageLabel: (page) => `Page ${page}`,
      }}
    />
  );
}
