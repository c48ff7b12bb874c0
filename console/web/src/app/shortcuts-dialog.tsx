import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import { SHORTCUTS } from "./shortcuts";

export default function ShortcutsDialog({ onDismiss }: { onDismiss: () => void }) {
  return (
    <Modal visible header="Keyboard shortcuts" closeAriaLabel="Close" onDismiss={onDismiss}>
      <KeyValuePairs
        columns={2}
        items={SHORTCUTS.map(({ keys, does, to }) => ({
          label: to === undefined ? does : `Go to ${does}`,
          value: keys.split(" ").map((key, index) => (
            <span key={key}>
              {index > 0 && " then "}
              <kbd>{key}</kbd>
            </span>
          )),
        }))}
      />
    </Modal>
  );
}
