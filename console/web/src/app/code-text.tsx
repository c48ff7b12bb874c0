import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

/** A text as it is, JSON laid out; with a button that copies it. It scrolls within itself. */
export function CodeText({ text, label }: { text: string; label: string }) {
  const laidOut = pretty(text);
  return (
    <div>
      <Box float="right">
        <CopyToClipboard
          variant="icon"
          copyButtonAriaLabel={`Copy: ${label}`}
          textToCopy={laidOut}
          copySuccessText="Copied"
          copyErrorText="The browser did not let it be copied"
        />
      </Box>
      <section aria-label={label}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
        <pre className="baton-code" tabIndex={0}>
          {laidOut}
        </pre>
      </section>
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
