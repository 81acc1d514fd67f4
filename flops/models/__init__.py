"""The models, one TOML file each, with the source of every number."""
