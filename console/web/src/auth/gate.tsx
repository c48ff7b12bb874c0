import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { type ReactNode, useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { session, useStanding } from "./current";

/** Shows what needs a sign-in to who has signed in; sends everybody else there, to come back to the same address. */
export function Gate({ children }: { children: ReactNode }) {
  const standing = useStanding();
  const { pathname, search, hash } = useLocation();
  const target = `${pathname}${search}${hash}`;

  useEffect(() => {
    if (standing.kind === "signed-out") void session.signIn(target);
  }, [standing.kind, target]);

  switch (standing.kind) {
    case "signed-in":
      return children;
    case "left":
      return <Told title="You have signed out" target={target} />;
    case "expired":
      return (
        <Told title="Your sign-in has expired" target={target}>
          Sign in again, and you are back on this page.
        </Told>
      );
    case "failed":
      return (
        <Told title="The sign-in did not work" target={target}>
          {standing.why}
        </Told>
      );
    default:
      return <Waiting />;
  }
}

/** Where the sign-in comes back to. Code and state leave the address bar before anything else is asked for. */
export function SignedInPage() {
  const navigate = useNavigate();
  const standing = useStanding();

  useEffect(() => {
    const { search } = window.location;
    window.history.replaceState(window.history.state, "", window.location.pathname);
    void session.complete(search).then((target) => {
      if (target !== null) void navigate(target, { replace: true });
    });
  }, [navigate]);

  if (standing.kind !== "failed") return <Waiting />;
  return (
    <Told title="The sign-in did not work" target="/">
      {standing.why}
    </Told>
  );
}

function Waiting() {
  return (
    <Box textAlign="center" padding={{ vertical: "xxxl" }}>
      <SpaceBetween size="s">
        <Spinner size="large" />
        <Box color="text-body-secondary">Signing in…</Box>
      </SpaceBetween>
    </Box>
  );
}

function Told({ title, target, children }: { title: string; target: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Baton`;
  }, [title]);
  return (
    <Box padding={{ vertical: "xxl" }}>
      <Container header={<Header variant="h1">{title}</Header>}>
        <SpaceBetween size="l">
          {children !== undefined && <div role="alert">{children}</div>}
          <Button variant="primary" onClick={() => void session.signIn(target)}>
            Sign in
          </Button>
        </SpaceBetween>
      </Container>
    </Box>
  );
}
