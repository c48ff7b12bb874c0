import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { ProblemError, UnreachableError } from "../api/problem";

interface ErrorPanelProps {
  error: unknown;
  /** What could not be done: `The executions could not be listed`. */
  what?: string;
  retry?: (() => void) | undefined;
}

/** An error with what is wrong, where, and what to do. */
export function ErrorPanel({ error, what, retry }: ErrorPanelProps) {
  return (
    <Alert
      type="error"
      header={what ?? "That did not work"}
      action={retry && <Button onClick={() => retry()}>Try again</Button>}
    >
      <ErrorText error={error} />
    </Alert>
  );
}

/** The words of an error, for places that have a frame of their own. */
export function ErrorText({ error }: { error: unknown }) {
  if (error instanceof ProblemError) {
    return (
      <>
        <div>{error.message}</div>
        {error.fields.length > 0 && (
          <ul>
            {error.fields.map((field) => (
              <li key={`${field.where} ${field.problem}`}>
                <strong>{field.where}</strong>: {field.problem}
              </li>
            ))}
          </ul>
        )}
        {error.whatToDo !== "" && <div>{error.whatToDo}</div>}
      </>
    );
  }
  if (error instanceof UnreachableError) {
    return (
      <>
        <div>{error.message}</div>
        <div>{error.whatToDo}</div>
      </>
    );
  }
  return <>{error instanceof Error ? error.message : "The page met an error that it does not know."}</>;
}
