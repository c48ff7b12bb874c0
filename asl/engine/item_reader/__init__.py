"""ItemReader of distributed Map states: items out of S3, read as they are needed."""

from asl.engine.item_reader.reader import ItemReader, Reading, ReadItem, state_items

__all__ = ["ItemReader", "ReadItem", "Reading", "state_items"]
