import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";

/** In place of what is on its way. */
export function Loading({ lines = 6 }: { lines?: number }) {
  return (
    <div aria-busy="true">
      <span role="status" className="baton-read-out">
        Loading
      </span>
      <SpaceBetween size="s">
        {Array.from({ length: lines }, (_, line) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
          <Skeleton key={line} display="block" variant={line === 0 ? "text-heading-xl" : "text-body-m"} />
        ))}
      </SpaceBetween>
    </div>
  );
}
