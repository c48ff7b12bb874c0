import Badge from "@cloudscape-design/components/badge";
import { pieces } from "./pieces";

/** A text from outside: never markup, its invisible characters visible, what may have been a task token as a badge. */
export function Marked({ text, query = "" }: { text: string; query?: string }) {
  return pieces(text, query).map((piece, index) => {
    const key = `${index}`;
    if (piece.kind === "text") return <span key={key}>{piece.text}</span>;
    if (piece.kind === "match") return <mark key={key}>{piece.text}</mark>;
    if (piece.kind === "control") {
      return (
        <span
          key={key}
          className="payload-control"
          title="A character that is invisible or changes the direction of text"
        >
          {piece.text}
        </span>
      );
    }
    return (
      <span key={key} title="It may have been a task token: who has one can end the wait">
        <Badge color="grey">hidden: may be a task token</Badge>
      </span>
    );
  });
}
