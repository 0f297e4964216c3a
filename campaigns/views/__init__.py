"""Pages of this room, one module per use case."""
