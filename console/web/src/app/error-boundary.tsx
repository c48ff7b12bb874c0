import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";
import { ErrorText } from "./error-panel";

interface Props {
  children: ReactNode;
  /** Where the page is: another place is another try. */
  place: string;
}

interface State {
  error: unknown;
  failed: boolean;
  place: string;
}

/** Holds an error of a page within the page, so that the navigation stays. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, failed: false, place: this.props.place };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error, failed: true };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.place === state.place ? null : { error: null, failed: false, place: props.place };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return isMissingChunk(this.state.error) ? (
      <Told
        type="info"
        header="There is a newer console"
        action={<Button onClick={() => window.location.reload()}>Load it</Button>}
      >
        This part of the page could not be loaded: it was replaced by a newer version, or the network was lost.
      </Told>
    ) : (
      <Told
        type="error"
        header="This page has failed"
        action={<Button onClick={() => this.setState({ failed: false, error: null })}>Try again</Button>}
      >
        <ErrorText error={this.state.error} />
      </Told>
    );
  }
}

function Told(props: { type: "info" | "error"; header: string; action: ReactNode; children: ReactNode }) {
  return (
    <Box padding={{ vertical: "l" }}>
      <h1 className="baton-read-out" tabIndex={-1}>
        {props.header}
      </h1>
      <Alert type={props.type} header={props.header} action={props.action}>
        {props.children}
      </Alert>
    </Box>
  );
}

/** Browsers say it each in its own words; a stylesheet that is missing is told by Vite. */
export function isMissingChunk(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|Importing a module script failed|Unable to preload/i.test(error.message)
  );
}
