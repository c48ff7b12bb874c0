import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import { usePerson } from "../auth/current";

const VIEWERS_ONLY_LOOK = "Your group may only look. Ask an administrator for the group “operators”.";

interface WriteButtonProps extends ButtonProps {
  /** Why it can't be done as things stand, whoever asks. */
  impossible?: string | undefined;
}

/** A button that changes something: whoever may not, or can't now, sees it disabled with the reason. */
export function WriteButton({ impossible, ...button }: WriteButtonProps) {
  const person = usePerson();
  const why = person?.mayChange === true ? impossible : VIEWERS_ONLY_LOOK;
  return why === undefined ? <Button {...button} /> : <Button {...button} disabled disabledReason={why} />;
}
