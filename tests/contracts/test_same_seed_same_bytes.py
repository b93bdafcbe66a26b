"""Same seed, new process, same bytes: for theory and for every simulator."""

import subprocess
import sys

SCRIPT = """
import hashlib
import numpy as np, torch
from lossland import descent as de, networks, signal_propagation as sp, spin_glass as sg, wide_networks as wn
from lossland import connectivity as cn, linear_networks as ln, remedies, sgd, spectra, symmetry, teacher_student as ts
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
    networks.load_mnist5k(n_train=50, generator=g).train_labels.numpy(),
    networks.train_batch(networks.sample_mlp((64, 5, 10), 1.0, 0.1, n_draws=2, generator=g),
                         networks.load_digits(dtype=torch.float64, generator=g), "relu", n_steps=5, learning_rate=0.1,
                         generator=g).loss.numpy(),
    cn.train_curve(x, -x, lambda w: w.square().sum(-1), n_steps=5, n_points=5, generator=g).objective.numpy(),
    *ln.perturb_keeping_product([np.diag([1.0, 0.0])] * 2, 0.1, rng=np.random.default_rng(12)).weights,
    ts.take_census(8, 8, 12, rng=np.random.default_rng(13)).search.students,
    sgd.sample_noise(sgd.stable_noise(3, 1.5), 4, generator=g).numpy(),
    sgd.noisy_descent(np.eye(3), sgd.isotropic_noise(3), x.reshape(4, 3), 0.1, 9, generator=g).end.numpy(),
    sgd.adam_descent(np.eye(3), sgd.isotropic_noise(3), x.reshape(4, 3), 0.1, 9, generator=g).end.numpy(),
    sgd.noisy_gradient_descent(torch.sin, sgd.isotropic_noise(3), x.reshape(4, 3), 0.1, 9, generator=g).end.numpy(),
    *(sgd.regression_descent(x.reshape(6, 2), x[:6], x.reshape(6, 2), 0.1, 9, sampling=s, generator=g).end.numpy()
      for s in ("replacement", "subsets", "epochs")),
    sgd.track_optimum(x, 0.5, 0.1, 9, drift_std=0.1, generator=g).mean_square.numpy(),
    sgd.switching_bandit([0.1], 50, n_runs=3, generator=g).numpy(),
    np.array(sgd.local_lipschitz(lambda p: p[..., 0] ** 3, [1.0, 2.0], 0.5, rng=np.random.default_rng(13))),
    spectra.lanczos_quadrature(np.diag(x.numpy()), n_vectors=2, rng=np.random.default_rng(14)).nodes,
    spectra.hutchpp_trace(np.diag(x.numpy()), rng=np.random.default_rng(15)).samples,
    spectra.extreme_eigenpairs(torch.diag(x), 2, rng=np.random.default_rng(16)).eigenvectors.numpy(),
    spectra.sample_wigner(3, 1.0, rng=np.random.default_rng(17)),
    spectra.sample_wishart(3, 2, rng=np.random.default_rng(18)),
    symmetry.measure_recovery(("norm", "matching"), 5, 4, 0.3, 4, rng=np.random.default_rng(20)).placed,
    symmetry.measure_misassigned(20, 2, 0.1, n_draws=3, rng=np.random.default_rng(19)),
    symmetry.train_without_end(networks.sample_mlp((64, 5, 10), 1.0, 0.1, n_draws=2, generator=g),
                               *networks.load_digits(dtype=torch.float64, generator=g)[:2], learning_rate=0.1,
                               n_blocks=1, block_length=5, n_snapshots=1, generator=g).losses.numpy(),
    *(p.numpy() for p in symmetry.sample_permutations(symmetry.mlp_spec((3, 8, 5, 2)), generator=g).values()),
    remedies.sample_mask(9, 5, 0.5, generator=g).numpy(),
    remedies.sample_tensor_mask((9, 4, 3), 0.5, generator=g).numpy(),
    *(m.numpy() for m in remedies.grouped_masks((5, 8, 3), 0.5, 2, generator=g)),
    remedies.PrunedLinear(8, 5, torch.ones(5, 8), generator=g).weight.detach().numpy(),
    remedies.train_pruned([torch.ones(2, 5, 64), torch.ones(2, 10, 5)],
                          networks.load_digits(dtype=torch.float64, generator=g), "tanh", n_steps=5, learning_rate=0.1,
                          generator=g).loss.numpy(),
    *(b.numpy() for b in remedies.sample_feedback((5, 4, 3), "feedback alignment", generator=g)),
    remedies.DirectFeedbackNetwork((5, 4, 3), generator=g).feedback_0.numpy(),
    remedies.small_perceptron(5, 4, 3, generator=g).hidden.weight.detach().numpy(),
    *(f(x.reshape(1, 3, 4), k, generator=g).numpy() for f, k in
      ((remedies.add_noise, 0.5), (remedies.shift, 1), (remedies.occlude, 1), (remedies.rotate, 30.0))),
    *remedies.few_shot_split([0, 0, 1, 1, 1], 1, rng=np.random.default_rng(21)),
    remedies.random_bank(2, 5, rng=np.random.default_rng(22)),
    *(t.detach().numpy() for t in remedies.stacked_polynomials([3, 4, 1], 3, generator=g).parameters()),
    remedies.find_teachers(torch.ones(2, 3), n_teachers=2, n_students=3, n_steps=5, generator=g).numpy(),
    remedies.SplineLayer(3, 2, 4, generator=g).weight.detach().numpy(),
    *(remedies.sample_nodes(remedies.legendre(), 5, s, degree=3, rng=np.random.default_rng(23)).points
      for s in ("uniform", "arcsine", "leverage")),
    *(p.numpy() for p in symmetry.match_neurons_and_signs(
        *(networks.sample_mlp((3, 8, 5, 2), 1.0, 0.1, generator=g) for _ in "ab")).permutations),
]
print(hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest())
"""


def test_two_processes_agree_to_the_last_byte():
    digests = {
        subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(digests) == 1
