"""What this room tells the machine about a campaign. Importing the modules registers the checks (`apps.ready()`)."""

from campaigns.checks import amounts, papers, people, story

__all__ = ["amounts", "papers", "people", "story"]
