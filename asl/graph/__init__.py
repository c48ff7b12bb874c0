"""Pictures of definitions: `svg` and `mermaid` draw an outline, with an overlay of what is said about it.

flow = outline(json.loads(text))
picture = svg(flow, title="email-campaign", overlay=executed(flow, history["events"]))
"""

from asl.graph.executed import executed
from asl.graph.mermaid import mermaid
from asl.graph.overlay import CLASSES, Overlay
from asl.graph.svg import svg

__all__ = ["CLASSES", "Overlay", "executed", "mermaid", "svg"]
