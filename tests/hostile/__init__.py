"""What a hostile user, a broken client and bad luck may try; nobody gets what is not theirs, and nothing answers 500."""
