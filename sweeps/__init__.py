"""Running pruners over frames and gathering the records."""
