"""The methods: a file here is a pruner, named after the file.

A method module holds ``prune(frame, k, *, option=default, ...)``. It gets a `Frame` of N tokens and
returns k distinct indices, int64 [k], in the order it picked them, or, where it merges tokens, a
`Merged`. An option out of range is an `InputError`. An option called ``seed`` is for methods that
draw at random. The module may say

- ``prune_batch(batch, k, *, option=default, ...)``: the same for the F frames of a `Batch` at once,
  on their device: int64 [F, k];
- ``NEEDS``: the inputs it reads beside the features, such as ``("attention",)``;
- ``NESTED = True``: the first j picks are its answer for j, so that one run serves all budgets.

Its docstring gives the idea in the first line, then the source and the parameters with their
published defaults. What this project had to choose itself is called *ours*.
"""
