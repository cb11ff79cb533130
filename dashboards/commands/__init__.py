"""The sub-commands of the dashboards, one file each."""
