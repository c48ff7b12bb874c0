import Button from "@cloudscape-design/components/button";
import type { ViewControl } from "./use-view";

interface Props {
  readonly control: ViewControl;
  readonly scale: number;
  readonly isList: boolean;
  readonly onToggleList: () => void;
  readonly onSave: () => void;
}

export const ZOOM_STEP = 1.25;

/** Buttons for all that the wheel and the keys do, too. */
export function Toolbar({ control, scale, isList, onToggleList, onSave }: Props) {
  return (
    <div className="graph-toolbar" role="toolbar" aria-label="Graph">
      {!isList && (
        <>
          <Button variant="icon" iconName="zoom-out" ariaLabel="Zoom out" onClick={() => control.zoom(1 / ZOOM_STEP)} />
          <button
            type="button"
            className="graph-scale"
            aria-label={`${percent(scale)}, show at 100%`}
            onClick={control.actual}
          >
            {percent(scale)}
          </button>
          <Button variant="icon" iconName="zoom-in" ariaLabel="Zoom in" onClick={() => control.zoom(ZOOM_STEP)} />
          <Button variant="icon" iconName="zoom-to-fit" ariaLabel="Fit" onClick={control.fit} />
          <Button variant="icon" iconName="download" ariaLabel="Download as SVG" onClick={onSave} />
        </>
      )}
      <Button
        variant="icon"
        iconName={isList ? "share" : "list-view"}
        ariaLabel={isList ? "Show as graph" : "Show as text"}
        onClick={onToggleList}
      />
    </div>
  );
}

function percent(scale: number): string {
  return `${Math.round(scale * 100)}%`;
}
