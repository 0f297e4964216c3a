"""Pages: the reviewers' workbench, rules, stops, complaints; the raiser's decisions; reports by anybody."""
