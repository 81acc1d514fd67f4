"""Pruners: one file a method, one call for all."""
