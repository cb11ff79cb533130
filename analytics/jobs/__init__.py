"""Jobs: read the store, run the kernels, write back. The kernels themselves know no store."""
