"""InstructSeg's perceivers and projector as torch modules, written from their shapes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..parts.perceiver import Perceiver, TextFusion, VideoPerceiver
from ..parts.projector import Projector


class LiveProjector(nn.Sequential):
    """[..., tokens, inputs] to [..., tokens, width]."""

    def __init__(self, part: Projector) -> None:
        before = [nn.LayerNorm(part.inputs)] if part.input_norm else []
        second = [nn.GELU(), nn.Linear(part.width, part.width)] if part.maps == 2 else []
        super().__init__(*before, nn.Linear(part.inputs, part.width), *second)


class _PerceiverLayer(nn.Module):
    """Latents [q, d] read [n, d] and themselves, then an FFN; both are residual."""

    def __init__(self, part: Perceiver) -> None:
        super().__init__()
        d, inner, m = part.width, part.heads * part.head_width, part.ffn_multiple * part.width
        self.heads, self.head_width = part.heads, part.head_width
        self.token_norm, self.latent_norm = nn.LayerNorm(d), nn.LayerNorm(d)
        self.query = nn.Linear(d, inner, bias=False)
        self.key_value = nn.Linear(d, 2 * inner, bias=False)
        self.output = nn.Linear(inner, d, bias=False)
        self.ffn = nn.Sequential(
            nn.LayerNorm(d), nn.Linear(d, m, bias=False), nn.GELU(), nn.Linear(m, d, bias=False)
        )

    def forward(self, latents: Tensor, tokens: Tensor, read: int) -> Tensor:
        """[q, d] and [n, d] to [q, d]; the first `read` latents are read beside the tokens."""
        normed = self.latent_norm(latents)
        sources = torch.cat([self.token_norm(tokens), normed[:read]])
        key, value = self.key_value(sources).chunk(2, dim=-1)
        query, key, value = (self._split(x) for x in (self.query(normed), key, value))
        scores = query @ key.transpose(1, 2) * self.head_width**-0.5
        mixed = (scores.softmax(dim=-1) @ value).transpose(0, 1).flatten(1)
        latents = latents + self.output(mixed)
        refined: Tensor = latents + self.ffn(latents)
        return refined

    def _split(self, x: Tensor) -> Tensor:
        """[n, heads x width] to [heads, n, width]."""
        return x.view(len(x), self.heads, self.head_width).transpose(0, 1)


class LivePerceiver(nn.Module):
    """The layers of a perceiver, and the norm of its output."""

    def __init__(self, part: Perceiver) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_PerceiverLayer(part) for _ in range(part.layers))
        self.norm = nn.LayerNorm(part.width)

    def forward(self, latents: Tensor, tokens: Tensor, read: int) -> Tensor:
        """[q, d] and [n, d] to [q, d]."""
        for layer in self.layers:
            latents = layer(latents, tokens, read)
        normed: Tensor = self.norm(latents)
        return normed


class LiveVideoPerceiver(nn.Module):
    """OVP: [frame's tokens ; prompt] into the latents of a frame."""

    def __init__(self, part: VideoPerceiver) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.randn(part.latents, part.perceiver.width))
        self.perceiver = LivePerceiver(part.perceiver)

    def forward(self, tokens: Tensor) -> Tensor:
        """[n, d] to [Q, d]."""
        latents: Tensor = self.perceiver(self.latents, tokens, len(self.latents))
        return latents


class LiveTextFusion(nn.Module):
    """VMTF: the prompt's states and the backbone's coarsest map into one embedding."""

    def __init__(self, part: TextFusion) -> None:
        super().__init__()
        d = part.perceiver.width
        self.map_projection = nn.Conv2d(part.map_width, d, 1)
        self.text_projection = nn.Linear(part.text_width, d)
        self.mean_projection = nn.Linear(part.text_width, d)
        self.perceiver = LivePerceiver(part.perceiver)
        self.output_projection = nn.Linear(2 * d, part.output_width)

    def forward(self, text: Tensor, feature_map: Tensor) -> Tensor:
        """[t, text width] and [1, C, h, w] to [1, output width]."""
        states = torch.cat([text.mean(dim=0, keepdim=True), text])
        pixels = self.map_projection(feature_map).flatten(2)[0].T
        fused = self.perceiver(self.text_projection(states), pixels, 1)[:1]
        both = torch.cat([self.mean_projection(states[:1]), fused], dim=-1)
        embedding: Tensor = self.output_projection(both)
        return embedding
