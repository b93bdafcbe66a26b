"""Same seed, new process, same bytes: for theory and for every simulator."""

import subprocess
import sys

SCRIPT = """
import hashlib
import numpy as np, torch
from lossland import networks, signal_propagation as sp
torch.set_num_threads(1)
g = torch.Generator().manual_seed(5)
x = torch.linspace(-1, 1, 12, dtype=torch.float64)
parts = [
    sp.measure_lengths(x, [30, 20], 1.4, 0.1, "tanh", n_draws=3, generator=g).samples,
    sp.measure_gradient_norms(x, [30, 20], 1.4, 0.1, "tanh", n_draws=3, generator=g).samples,
    sp.sample_gram(torch.eye(2, dtype=torch.float64), [30, 20], 1.4, 0.1, "tanh", n_draws=3, generator=g).samples,
    np.array(sp.phase_diagram([1.0, 2.0], [0.1], "tanh").xi_c),
    networks.to_vector(networks.sample_mlp((3, 4, 2), 1.0, 0.1, generator=g)).numpy(),
]
print(hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest())
"""


def test_two_processes_agree_to_the_last_byte():
    digests = {
        subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(digests) == 1
