"""Show it: live pages and boards."""
