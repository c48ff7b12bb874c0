import CloudscapeLink, { type LinkProps } from "@cloudscape-design/components/link";
import { useNavigate } from "react-router";

/** A link to another page of the console. */
export function PageLink({ to, ...link }: Omit<LinkProps, "href" | "onFollow"> & { to: string }) {
  const navigate = useNavigate();
  return (
    <CloudscapeLink
      {...link}
      href={to}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    />
  );
}
