"""What `make bench` runs: ratios in one run, medians, never a single absolute time; nothing here is a test."""
