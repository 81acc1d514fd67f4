"""Reading what single blocks of a vision tower compute, while the rest keeps its fast path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Taps:
    """Hooks that keep what some blocks compute, for the length of a forward pass.

    Args:
        blocks: all blocks of the tower.
        wanted: those to read, counted from 1.
        head: the pooling head, or None.

    """

    def __init__(self, blocks: Sequence[Any], wanted: set[int], head: Any) -> None:
        self.output: dict[int, Any] = {}
        self.projected: dict[tuple[str, int], Any] = {}
        self.probe: Any = None
        self._handles: list[Any] = []
        self._blocks, self._wanted, self._head = blocks, wanted, head

    def __enter__(self) -> Taps:
        for number in self._wanted:
            block = self._blocks[number - 1]
            self._keep(block, self.output, number)
            for name, module in block.named_modules():
                if name.endswith(("q_proj", "query")):
                    self._keep(module, self.projected, ("queries", number))
                elif name.endswith(("k_proj", "key")):
                    self._keep(module, self.projected, ("keys", number))
        if self._head is not None:
            # The pooling head asks for its weights anyway, and drops them.
            self._handles.append(self._head.attention.register_forward_hook(self._keep_probe))
        return self

    def _keep(self, module: Any, into: dict[Any, Any], key: object) -> None:
        def hook(_module: Any, _inputs: Any, output: Any) -> None:
            into[key] = output[0] if isinstance(output, tuple) else output

        self._handles.append(module.register_forward_hook(hook))

    def _keep_probe(self, _module: Any, _inputs: Any, output: Any) -> None:
        self.probe = output[1]

    def heads(self, what: str, block: int, heads: int) -> Any:
        """Queries or keys of a block by head: [F, heads, tokens, head width]."""
        projected = self.projected[what, block]
        return projected.unflatten(-1, (heads, -1)).transpose(1, 2)

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
