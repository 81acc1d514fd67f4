"""The parts as torch modules of the true shapes, without weights: to be counted, or to be timed.

The classes of transformers stand for the parts that it has; the rest are small ones of our own.
Everything here imports torch, so nothing of it is imported by the calculator itself.
"""
