"""Same seed, new process, same bytes: for theory and for every simulator."""

import subprocess
import sys

SCRIPT = """
import hashlib
import numpy as np, torch
from lossland import descent as de, networks, signal_propagation as sp, spin_glass as sg, wide_networks as wn
from lossland import linear_networks as ln
torch.set_num_threads(1)
g = torch.Generator().manual_seed(5)
x = torch.linspace(-1, 1, 12, dtype=torch.float64)
parts = [
    sp.measure_lengths(x, [30, 20], 1.4, 0.1, "tanh", n_draws=3, generator=g).samples,
    sp.measure_gradient_norms(x, [30, 20], 1.4, 0.1, "tanh", n_draws=3, generator=g).samples,
    sp.sample_gram(torch.eye(2, dtype=torch.float64), [30, 20], 1.4, 0.1, "tanh", n_draws=3, generator=g).samples,
    np.array(sp.phase_diagram([1.0, 2.0], [0.1], "tanh").xi_c),
    networks.to_vector(networks.sample_mlp((3, 4, 2), 1.0, 0.1, generator=g)).numpy(),
    de.GaussianMeasure(3).sample(5, n_draws=2, rng=np.random.default_rng(1)).points,
    de.count_operations(*de.random_program(3, 20, rng=np.random.default_rng(2))).gradient,
    de.perceptron_program((2, 3, 1), 2, rng=np.random.default_rng(3)).parameters,
    de.recurrent_program(4, rng=np.random.default_rng(4)).parameters,
    de.sample_shallow(3, 4, generator=g).numpy(),
    de.perturbed_descent(lambda w: w, [1.0, 0.0], 0.1, 50, radius=1.0, threshold=0.1, wait=5,
                         rng=np.random.default_rng(8)).end,
    np.array(de.bowl_fraction_of_slices(30, 12, n_draws=50, rng=np.random.default_rng(9))),
    *(t.numpy() for t in sg.sample_couplings(5, 3, storage="packed", generator=g).tensors),
    sg.langevin(sg.sample_couplings(5, 3, generator=g), sg.random_states(5, generator=g), 1.0, 9, generator=g).states,
    sg.find_critical_points(sg.sample_couplings(5, 3, generator=g), 20, generator=g).energies.numpy(),
    sg.minimize_layered_form(torch.ones(3, 4, dtype=torch.float64), 2, max_sweeps=3, generator=g).values.numpy(),
    sg.sample_path_activity([torch.eye(4, dtype=torch.float64)] * 2, 9, generator=g).numpy(),
    sg.shared_weights(np.random.default_rng(6).normal(size=30), 4)[0],
    *sg.random_sharing([(3, 4), (1, 3)], 4, rng=np.random.default_rng(7)),
    wn.random_features(x[:, None], 5, "tanh", generator=g).numpy(),
    wn.interpolate(x[:, None].numpy() ** [1, 2], x.numpy() ** 2, rng=np.random.default_rng(10)).output_weights,
    *(t.numpy() for t in ln.sample_weights((3, 4, 2), 0.5, n_draws=2, generator=g)),
    *ln.random_frames((3, 4), rng=np.random.default_rng(11)),
    *ln.perturb_keeping_product([np.diag([1.0, 0.0])] * 2, 0.1, rng=np.random.default_rng(12)).weights,
]
print(hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest())
"""


def test_two_processes_agree_to_the_last_byte():
    digests = {
        subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(digests) == 1
