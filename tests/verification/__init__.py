"""Figures that others published, and ours from the same data: the table of docs/verification.md."""
