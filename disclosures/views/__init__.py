"""Pages of this room: the raiser's, the public's, finance's."""
