import Alert from "@cloudscape-design/components/alert";
import { Marked, Payload } from "../payload";
import "./execution.css";

/** An error and its cause, which is often JSON and may be anything. */
export function ProblemText({ error, cause, label }: { error: string | null; cause: string | null; label: string }) {
  return (
    <Alert type="error" header={<Marked text={error ?? "An error without a name"} />}>
      {cause !== null && cause !== "" && <Cause cause={cause} label={label} />}
    </Alert>
  );
}

/** Of a cause that is no JSON; longer ones scroll. */
const SHORT = 600;

function Cause({ cause, label }: { cause: string; label: string }) {
  if (/^\s*[[{]/.test(cause) || cause.length > SHORT)
    return <Payload label={`Cause: ${label}`} text={cause} height={220} />;
  return (
    <p className="execution-cause">
      <Marked text={cause} />
    </p>
  );
}
