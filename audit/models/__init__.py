from audit.models.cases import Case, CaseExclusion, Question
from audit.models.police import PolicePackage
from audit.models.reports import Report, ReportEvidence
from audit.models.rulesets import Rule, RuleSet
from audit.models.stops import HardStop
from audit.models.verdicts import FactVerdict, HumanVerdict, MachineFinding, MachineVerdict, RuleOutcome, Snapshot

__all__ = [
    "Case",
    "CaseExclusion",
    "FactVerdict",
    "HardStop",
    "HumanVerdict",
    "MachineFinding",
    "MachineVerdict",
    "PolicePackage",
    "Question",
    "Report",
    "ReportEvidence",
    "Rule",
    "RuleOutcome",
    "RuleSet",
    "Snapshot",
]
