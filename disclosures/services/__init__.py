"""The only writers of this room, one module per use case."""
