"""The collector's sub-commands, one file each; entry points name the `register` of each file."""
