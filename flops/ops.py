"""The operations that costs are made of, each carrying its shapes.

Everything that a part of a model does is a tuple of these. MACs, parameters, bytes and elementwise
work are all read off the same lines, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

# Scalar operations per output element. fvcore charges a normalisation 5 an element too; the other
# figures are ours: a softmax takes a maximum, a difference, an exponential, a sum and a quotient,
# a bilinear sample four products and four sums.
OPERATIONS = {
    "layer_norm": 5,
    "rms_norm": 4,
    "group_norm": 5,
    "softmax": 5,
    "gelu": 1,
    "silu": 1,
    "relu": 1,
    "add": 1,
    "multiply": 1,
    "compare": 1,
    "rotary": 3,
    "sample": 8,
    "lookup": 0,
}


class Matmul(NamedTuple):
    """`batch` products of [m, k] by [k, n]; a convolution is one over unfolded patches.

    Args:
        name: where in the module it happens.
        batch: how often it is done.
        m: rows, usually tokens.
        k: the width that is summed over.
        n: columns.
        weights: how many of the right-hand sides are weights: one a layer, however many frames
            pass through it; 0 where both sides are activations.
        bias: whether each weight has a bias of [n].

    """

    name: str
    batch: int
    m: int
    k: int
    n: int
    weights: int = 0
    bias: bool = False

    @property
    def macs(self) -> int:
        """Multiply-accumulates."""
        return self.batch * self.m * self.k * self.n

    @property
    def elementwise(self) -> int:
        """Scalar operations beside the product: none, a bias is added within it."""
        return 0

    @property
    def params(self) -> int:
        """Weights and biases."""
        return self.weights * (self.k * self.n + self.bias * self.n)

    @property
    def moved(self) -> int:
        """Activations read and written, each once."""
        right = 0 if self.weights else self.k * self.n
        return self.batch * (self.m * self.k + right + self.m * self.n)

    def times(self, factor: int) -> Matmul:
        """The same weights applied `factor` times as often."""
        return self._replace(batch=self.batch * factor)

    @property
    def shapes(self) -> str:
        """The shapes as people write them."""
        return f"{self.batch} × [{self.m}, {self.k}] [{self.k}, {self.n}]"


class Attention(NamedTuple):
    """`batch` times scores [q, w] [w, kv] and values [q, kv] [kv, w], in each of the heads.

    Every score is counted, also those that a causal mask throws away: that is what the plain
    implementation computes. It is charged the traffic of a fused kernel, which never writes the
    scores to memory.
    """

    name: str
    batch: int
    heads: int
    q: int
    kv: int
    width: int
    kv_heads: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates."""
        return self.batch * self.heads * self.q * self.kv * 2 * self.width

    @property
    def elementwise(self) -> int:
        """Scalar operations of the softmax over [q, kv]."""
        return self.batch * self.heads * self.q * self.kv * OPERATIONS["softmax"]

    @property
    def params(self) -> int:
        """None: both sides are activations."""
        return 0

    @property
    def moved(self) -> int:
        """Queries, keys and values read, results written."""
        return self.batch * 2 * self.width * (self.heads * self.q + self.kv_heads * self.kv)

    def times(self, factor: int) -> Attention:
        """The same, `factor` times as often."""
        return self._replace(batch=self.batch * factor)

    @property
    def shapes(self) -> str:
        """The shapes as people write them."""
        heads = f"{self.batch} × {self.heads} heads"
        return f"{heads} [{self.q}, {self.width}] [{self.width}, {self.kv}], and back"


class Pointwise(NamedTuple):
    """Elementwise work on `elements` values, and the parameters that go with it.

    It moves no activations of its own: it is taken as fused into the product beside it.
    """

    name: str
    kind: str
    elements: int
    params: int = 0

    @property
    def macs(self) -> int:
        """None: elementwise work is no multiply-accumulate."""
        return 0

    @property
    def elementwise(self) -> int:
        """Scalar operations."""
        return self.elements * OPERATIONS[self.kind]

    @property
    def moved(self) -> int:
        """None, see above."""
        return 0

    def times(self, factor: int) -> Pointwise:
        """The same, `factor` times as often."""
        return self._replace(elements=self.elements * factor)

    @property
    def shapes(self) -> str:
        """The shapes as people write them."""
        return f"{self.elements} elements"


Op = Matmul | Attention | Pointwise
Ops = tuple[Op, ...]


def times(ops: Iterable[Op], factor: int) -> Ops:
    """The operations `factor` times over, with the same weights."""
    return tuple(op.times(factor) for op in ops)


def linear(
    name: str, tokens: int, inputs: int, outputs: int, layers: int = 1, *, bias: bool = True
) -> Matmul:
    """A linear map of [tokens, inputs] to [tokens, outputs] in each layer, with its weights."""
    return Matmul(name, layers, tokens, inputs, outputs, layers, bias)


def conv(
    name: str, height: int, width: int, inputs: int, outputs: int, kernel: int, *, bias: bool
) -> Matmul:
    """A convolution to [height, width, outputs] with a square kernel over [inputs] channels."""
    return Matmul(name, 1, height * width, inputs * kernel * kernel, outputs, weights=1, bias=bias)


def norm(name: str, kind: str, tokens: int, width: int, layers: int = 1) -> Pointwise:
    """A normalisation of [tokens, width] in each layer; all but RMS have a bias too."""
    return Pointwise(
        name,
        kind,
        layers * tokens * width,
        params=layers * width * (1 if kind == "rms_norm" else 2),
    )


def macs(ops: Iterable[Op]) -> int:
    """Multiply-accumulates of all operations."""
    return sum(op.macs for op in ops)


def elementwise(ops: Iterable[Op]) -> int:
    """Scalar operations of all operations that are not in their products."""
    return sum(op.elementwise for op in ops)


def params(ops: Iterable[Op]) -> int:
    """Parameters of all operations."""
    return sum(op.params for op in ops)


def moved(ops: Iterable[Op]) -> int:
    """Activations that all operations read and write."""
    return sum(op.moved for op in ops)
