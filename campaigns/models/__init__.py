from campaigns.models.campaign import Campaign, CampaignVersion, CostLine, Module, Paper
from campaigns.models.giving import Donation, Share
from campaigns.models.promises import AssetDeclaration, Promise
from campaigns.models.receiving import Payee
from campaigns.models.voices import Attestation, Update, UpdatePhoto

__all__ = [
    "AssetDeclaration",
    "Attestation",
    "Campaign",
    "CampaignVersion",
    "CostLine",
    "Donation",
    "Module",
    "Paper",
    "Payee",
    "Promise",
    "Share",
    "Update",
    "UpdatePhoto",
]
