"""The sub-commands of analytics, one file each; entry points name the `register` of each file."""
