"""What a source wrote, given the meaning of the contract: dates, places, categories, verdicts, findings."""
