"""Turn samples into numbers, findings and evidence."""
