"""What reviewers found, in the raiser's terms."""

from collections import defaultdict

from audit.selectors import Fix, fix_list
from campaigns.models import Campaign
from campaigns.steps import FACTS


def fixes_by_step(campaign: Campaign) -> dict[str, list[Fix]]:
    """What has to be mended, by the step where it is mended. Three queries, none unless something has to be mended."""
    found: dict[str, list[Fix]] = defaultdict(list)
    if campaign.status == "fix_needed":
        for fix in fix_list("campaign", campaign.pk):
            found[FACTS.get(fix.code, ("", "story_who"))[1]].append(fix)
    return dict(found)
