"""The methods: a file here is a pruner, named after the file."""
