"""Small networks of the kinds that a spec must know, each with an input: the contract of tracing runs over them."""

import torch
import torch.nn.functional as F
from torch import nn


def images(n_channels, size):
    return torch.randn(2, n_channels, size, size, generator=torch.Generator().manual_seed(0))


TOKENS = torch.tensor([[0, 3, 1, 5, 6], [2, 2, 4, 0, 1]])
SEQUENCES = torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(1))


class Block(nn.Module):
    """Residual block; its last batch normalization starts at zero, as one often does."""

    def __init__(self, n_in, n_out, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out)
        self.conv2, self.bn2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False), nn.BatchNorm2d(n_out)
        nn.init.zeros_(self.bn2.weight)
        self.shortcut = nn.Sequential()
        if stride != 1 or n_in != n_out:
            self.shortcut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        y += self.shortcut(x)
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.stem, self.bn = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.stage1 = nn.Sequential(Block(width, width), Block(width, width))
        self.stage2 = nn.Sequential(Block(width, 2 * width, 2), Block(2 * width, 2 * width))
        self.head = nn.Linear(2 * width, 10)

    def forward(self, x):
        x = self.stage2(self.stage1(F.relu(self.bn(self.stem(x)))))
        return self.head(F.avg_pool2d(x, x.shape[-1]).view(x.size(0), -1))


class Attention(nn.Module):
    """Self-attention with one projection to queries, keys and values, in the ways in which it is written."""

    def __init__(self, way, size=12, n_heads=3):
        super().__init__()
        self.way, self.n_heads = way, n_heads
        self.qkv, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.register_buffer("earlier", torch.ones(9, 9).tril())

    def forward(self, x):
        batch, length, size = x.shape
        shape = (batch, length, self.n_heads, size // self.n_heads)
        if self.way == "chunk":
            q, k, v = self.qkv(x).chunk(3, dim=-1)
            q, k, v = q.view(shape).transpose(1, 2), k.view(shape).transpose(1, 2), v.view(shape).transpose(1, 2)
        else:
            q, k, v = self.qkv(x).reshape(batch, length, 3, *shape[2:]).permute(2, 0, 3, 1, 4).unbind(0)
        if self.way == "products":
            scores = q @ k.transpose(-2, -1) * (size // self.n_heads) ** -0.5
            y = scores.masked_fill(self.earlier[:length, :length] == 0, -1e9).softmax(dim=-1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).reshape(batch, length, size))


class TorchAttention(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(12, 3, batch_first=True, **options)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class Transformer(nn.Module):
    def __init__(self, attention, size=12):
        super().__init__()
        self.tokens, self.places = nn.Embedding(7, size), nn.Parameter(torch.randn(5, size))
        self.norm1, self.attention, self.norm2 = nn.LayerNorm(size), attention, nn.LayerNorm(size)
        self.mlp = nn.Sequential(nn.Linear(size, 20), nn.GELU(), nn.Linear(20, size))
        self.head = nn.Linear(size, 7)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.places
        x = x + self.attention(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x.mean(1))


class TiedEnds(nn.Module):
    """Embedding and output are one tensor."""

    def __init__(self):
        super().__init__()
        self.embedding, self.hidden, self.out = nn.Embedding(9, 8), nn.Linear(8, 8), nn.Linear(8, 9, bias=False)
        self.out.weight = self.embedding.weight

    def forward(self, tokens):
        x = self.embedding(tokens)
        return self.out(x + torch.tanh(self.hidden(x)))


class TiedAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.bias = nn.Linear(8, 6), nn.Parameter(torch.randn(8))

    def forward(self, x):
        return F.linear(torch.tanh(self.encoder(x)), self.encoder.weight.t(), self.bias)


class Recurrent(nn.Module):
    """One layer, used three times."""

    def __init__(self):
        super().__init__()
        self.first, self.again, self.last = nn.Linear(3, 6), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        for _ in range(3):
            h = torch.tanh(self.again(h) + self.first(x))
        return self.last(h)


class Joined(nn.Module):
    """Two branches joined; depthwise convolution; groups of channels convolved alone."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(1, 6, 3, padding=1)
        self.norm, self.depthwise = nn.BatchNorm2d(10), nn.Conv2d(10, 20, 3, groups=10)
        self.mix, self.grouped, self.head = nn.Conv2d(20, 8, 1), nn.Conv2d(8, 12, 1, groups=2), nn.Linear(48, 3)

    def forward(self, x):
        x = self.norm(torch.cat([self.left(x), self.right(x)], dim=1))
        x = F.max_pool2d(F.relu(self.depthwise(x)), 2)
        return self.head(self.grouped(self.mix(x)).flatten(1))


class InputSkip(nn.Module):
    """The second layer is added to the inputs: its outputs cannot be permuted."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(4, 6), nn.Linear(6, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.last(x + self.second(torch.relu(self.first(x))))


class WithUnknown(nn.Module):
    """A recurrent layer of torch, for which there is no rule."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(12, 6), nn.Linear(6, 6)
        self.gru, self.last = nn.GRU(6, 5, batch_first=True), nn.Linear(5, 2)

    def forward(self, x):
        return self.last(self.gru(self.second(torch.relu(self.first(x))))[0])


class Branching(nn.Module):
    """Its path depends on values: torch.fx cannot trace it."""

    def __init__(self):
        super().__init__()
        self.only = nn.Linear(3, 3)

    def forward(self, x):
        return self.only(x) if x.sum() > 0 else x


def perceptron():
    return nn.Sequential(nn.Linear(12, 7), nn.Tanh(), nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3))


def convolutions():
    return nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 6, 2), nn.PReLU(6),
        nn.Dropout2d(), nn.GroupNorm(2, 6), nn.ConvTranspose2d(6, 4, 2), nn.Flatten(), nn.Linear(36, 8),
        nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 2),
    )  # fmt: skip


# name: how it is made, an input, the sizes of its groups in any order
NETWORKS = {
    "perceptron": (perceptron, SEQUENCES[0], [7, 5]),
    "convolutions": (convolutions, images(3, 8), [5, 2, 3, 4, 8]),
    "ResNet": (ResNet, images(3, 8), [6, 6, 6, 12, 12, 12]),
    "attention by products": (lambda: Transformer(Attention("products")), TOKENS, [12, 3, 4, 20]),
    "attention by torch's function": (lambda: Transformer(Attention("function")), TOKENS, [12, 3, 4, 20]),
    "attention by chunks": (lambda: Transformer(Attention("chunk")), TOKENS, [12, 3, 4, 4, 20]),
    "nn.MultiheadAttention": (lambda: Transformer(TorchAttention()), TOKENS, [12, 3, 4, 4, 20]),
    "nn.MultiheadAttention with bias": (lambda: TorchAttention(add_bias_kv=True), SEQUENCES, [3, 4, 4]),
    "tied ends": (TiedEnds, TOKENS, [8]),
    "tied autoencoder": (TiedAutoencoder, SEQUENCES[0, :, :8], [6]),
    "recurrent": (Recurrent, SEQUENCES[0, :, :3], [6]),
    "joined": (Joined, images(1, 6), [4, 6, 6, 6]),
    "skip from the input": (InputSkip, SEQUENCES[0, :, :4], [6]),
    "unknown layer": (WithUnknown, SEQUENCES, [6]),
}
