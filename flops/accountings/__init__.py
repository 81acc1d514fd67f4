"""The ways to account for a model's cost: a file here is one of them, named after the file."""
