"""One campaign from sign-up to closed books, played over real HTTP as the people of the story."""
