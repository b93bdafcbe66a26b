"""Contract of all simulators: they compute on the device and in the dtype of their inputs, wherever that is.

Without a GPU the device of the inputs is the CPU, so the default device of torch is set elsewhere (``meta``, where
tensors have no data): whatever is created without naming the inputs' device shows at once.  Adding a simulator is
adding one line to ``SIMULATORS``.
"""

import numpy as np
import pytest
import torch

from lossland import connectivity as cn
from lossland import descent, networks, remedies, sgd, spectra, symmetry
from lossland import linear_networks as ln
from lossland import signal_propagation as sp
from lossland import spin_glass as sg
from lossland import wide_networks as wn
from lossland.descent.gradient_timing import measure_gradient_times
from lossland.symmetry import match_neurons, permute_neurons

WIDTHS = [9, 6, 7]


def vector(device, dtype):
    return torch.linspace(-1, 1, 8, device=device, dtype=dtype)


def matrix(device, dtype):
    return torch.stack([vector(device, dtype), vector(device, dtype).flip(0)])


def generator(device):
    return torch.Generator(device).manual_seed(3)


def pruned_linear(device, dtype):
    mask = remedies.sample_mask(5, 8, 0.5, generator=generator(device))
    return remedies.PrunedLinear(8, 5, mask, generator=generator(device), device=device, dtype=dtype)


def rule_direction(device, dtype, rule="direct feedback alignment"):
    widths, data = (64, 6, 5, 10), digits(device, dtype)
    start = networks.sample_mlp(widths, 1.0, 0.1, n_draws=2, dtype=dtype, generator=generator(device))
    feedback = remedies.sample_feedback(widths, rule, n_draws=2, dtype=dtype, generator=generator(device))
    (end,) = remedies.train_by_rule(
        start, *data[:2], torch.arange(50, device=device).expand(2, -1), rule, feedback, learning_rate=0.1, epochs=[2],
        generator=generator(device),
    )  # fmt: skip
    inputs, labels = (part[:5].expand(2, *part[:5].shape) for part in data[:2])
    return remedies.rule_gradients(end, inputs, labels, rule, feedback).weights[0]


def polynomial_stack(device, dtype):
    mask = torch.ones(3, 5, 8, device=device)
    return remedies.stacked_polynomials(
        [8, 3, 2], 4, masks=[mask, None], scale=True, generator=generator(device), device=device, dtype=dtype
    )


def told_gradient(device, dtype):
    network = remedies.DirectFeedbackNetwork((8, 5, 3), generator=generator(device), device=device, dtype=dtype)
    network(matrix(device, dtype)).sin().sum().backward()
    return network.layers[0].weight.grad


def fitted_readout(device, dtype):
    network = remedies.small_convolutional_network(8, 10, generator=generator(device)).to(dtype)
    data = digits(device, dtype)
    images, options = data.train_inputs.reshape(-1, 8, 8), {"learning_rate": 0.1, "n_steps": 2}
    remedies.fit_classifier(network, images, data.train_labels, **options, generator=generator(device))
    return network(images).detach()


def digits(device, dtype):
    return networks.load_digits(n_train=50, device=device, dtype=dtype, generator=torch.Generator("cpu").manual_seed(0))


def trained(device, dtype):
    mlp = networks.sample_mlp((64, 5, 10), 1.0, 0.1, dtype=dtype, generator=generator(device))
    data = digits(device, dtype)
    return networks.train(mlp, data, "tanh", n_steps=3, learning_rate=0.1, generator=generator(device)).mlp.weights[0]


def sampled(device, dtype):
    return networks.sample_mlp((8, 5), 1.0, 0.1, dtype=dtype, generator=generator(device))


def path_weights(device, dtype):
    return networks.sample_mlp((8, 5, 4, 1), 1.4, 0.0, dtype=dtype, generator=generator(device)).weights


def path_switches(device, dtype):
    return sg.neuron_activity(path_weights(device, dtype), matrix(device, dtype))


def three_samples(device, dtype):
    x = torch.stack([*matrix(device, dtype), torch.ones(8, device=device, dtype=dtype)])
    return x, torch.tensor([1.0, -1.0, 1.0], device=device, dtype=dtype)


def glass(device, dtype, storage="full"):
    return sg.sample_couplings(6, 3, storage=storage, dtype=dtype, generator=generator(device))


def glass_states(device, dtype):
    return sg.random_states(6, (2,), dtype=dtype, generator=generator(device))


def shallow(device, dtype):
    return torch.stack([vector(device, dtype), vector(device, dtype) + 0.3], dim=-1).flatten()[:15].reshape(1, 15)


def pyramid(device, dtype, n_draws=None):
    net = networks.sample_mlp((8, 4, 2), 1.0, 0.1, n_draws=n_draws, dtype=dtype, generator=generator(device))
    return net, matrix(device, dtype), matrix(device, dtype)[:, :2], "softplus"


def layers(device, dtype):
    entries = torch.linspace(-1, 1, 40, device=device, dtype=dtype).sin().reshape(2, 20)
    return ln.from_vector(entries, (3, 4, 2))


BOWL = np.array([[1.0, 0.3], [0.3, 0.5]])


def pairs(device, dtype):
    g = generator(device)
    return [networks.sample_mlp((8, 4, 2), 1.0, 0.1, n_draws=2, dtype=dtype, generator=g) for _ in "ab"]


def pair_loss(device, dtype):
    labels = torch.tensor([0, 1], device=device)
    return lambda mlp: cn.network_loss(mlp, matrix(device, dtype), labels, "tanh")


MAP_LOSS = ln.quadratic_loss([[1.0, 0.0, 0.5], [0.0, -1.0, 0.5]], [[1.0, 0.2, 0.0], [0.2, 2.0, 0.0], [0.0, 0.0, 0.5]])
def curvature(device, dtype, build=spectra.hessian_operator, **options):
    entries = torch.linspace(-1, 1, 29, device=device, dtype=dtype).sin()
    mlp = networks.MLP((entries[:16].reshape(2, 8), entries[18:24].reshape(3, 2)), (entries[16:18], entries[24:27]))
    labels = torch.arange(2, device=device)
    return build(mlp, torch.nn.functional.cross_entropy, matrix(device, dtype), labels, activation="tanh", **options)


def ones(operator):
    return torch.ones(operator.shape[0], dtype=operator.dtype, device=operator.device)


def deep_pair(device, dtype):
    g = generator(device)
    return [networks.sample_mlp((8, 5, 4, 2), 1.0, 0.1, dtype=dtype, generator=g) for _ in "ab"]


def deep_modules(device, dtype):
    made = []
    for mlp in deep_pair(device, dtype):
        layers = [torch.nn.Linear(*w.shape[::-1], device=device, dtype=dtype) for w in mlp.weights]
        for layer, weight, bias in zip(layers, mlp.weights, mlp.biases, strict=True):
            layer.load_state_dict({"weight": weight, "bias": bias})
        made.append(torch.nn.Sequential(layers[0], torch.nn.Tanh(), layers[1], torch.nn.Tanh(), layers[2]))
    return made


SIMULATORS = {
    "measure_lengths": lambda d, t: sp.measure_lengths(
        vector(d, t), WIDTHS, 1.2, 0.1, "tanh", n_draws=4, generator=generator(d)
    ),
    "measure_covariances": lambda d, t: sp.measure_covariances(
        matrix(d, t), WIDTHS, 1.2, 0.1, "erf", n_draws=4, generator=generator(d)
    ),
    "measure_correlations": lambda d, t: sp.measure_correlations(
        matrix(d, t), WIDTHS, 1.2, 0.1, "relu", n_draws=4, generator=generator(d)
    ),
    "measure_gradient_norms": lambda d, t: sp.measure_gradient_norms(
        vector(d, t), WIDTHS, 1.2, 0.1, "gelu", n_draws=4, generator=generator(d)
    ),
    "sample_gram": lambda d, t: sp.sample_gram(
        matrix(d, t) @ matrix(d, t).T / 8, WIDTHS, 1.2, 0.1, "tanh", n_draws=4, generator=generator(d)
    ),
    "measure_decay": lambda d, t: sp.measure_decay(
        "correlation", 1.2, 0.3, "tanh", width=20, n_layers=4, n_draws=6, burn_in=2, generator=generator(d)
    ),
    "circle_inputs": lambda d, t: sp.circle_inputs(10, 1.0, 8, dtype=t, generator=generator(d)),
    "propagate_curve": lambda d, t: sp.propagate_curve(
        matrix(d, t), WIDTHS, 1.2, 0.1, "sin", generator=generator(d)
    )[-1],
    "curve_lengths": lambda d, t: sp.curve_lengths([matrix(d, t)]),
    "curve_projection": lambda d, t: sp.curve_projection(matrix(d, t), n_components=2),
    "sample_mlp": lambda d, t: sampled(d, t).weights[0],
    "forward": lambda d, t: networks.forward(sampled(d, t), vector(d, t), "softplus"),
    "to_vector": lambda d, t: networks.from_vector(networks.to_vector(sampled(d, t)), sampled(d, t)).biases[0],
    "load_digits": lambda d, t: digits(d, t).train_inputs,
    "train": trained,
    "layer_gradients": lambda d, t: networks.layer_gradients(
        sampled(d, t), matrix(d, t), "gelu", lambda outputs: outputs
    ).weights[0],
    "measure_gradient_times": lambda d, t: np.array(
        measure_gradient_times((8, 3, 1), 5, n_repeats=1, dtype=t, generator=generator(d)).gradient_error
    ),
    "sample_couplings": lambda d, t: glass(d, t).tensors[0],
    "sample_couplings_packed": lambda d, t: glass(d, t, "packed").tensors[0],
    "random_states": lambda d, t: sg.random_states(6, (2,), dtype=t, generator=generator(d)),
    "energy": lambda d, t: sg.energy(glass(d, t, "packed"), glass_states(d, t)),
    "gradient": lambda d, t: sg.gradient(glass(d, t), glass_states(d, t)),
    "hessian": lambda d, t: sg.hessian(glass(d, t, "packed"), glass_states(d, t)),
    "descend": lambda d, t: sg.descend(glass(d, t), glass_states(d, t), tol=1e-3, energy_stop=-1.0).states,
    "find_minima": lambda d, t: sg.find_minima(glass(d, t), glass_states(d, t), tol=1e-4).energies,
    "langevin": lambda d, t: sg.langevin(glass(d, t), glass_states(d, t), 1.0, 5, generator=generator(d)).states,
    "find_critical_points": lambda d, t: sg.find_critical_points(
        glass(d, t), 9, tol=1e-4, generator=generator(d)
    ).energies,
    "eigenvector_critical_points": lambda d, t: sg.eigenvector_critical_points(
        sg.couplings_from_tensor(matrix(d, t).T @ matrix(d, t), storage="packed")
    ).energies,
    "network_output": lambda d, t: sg.network_output(path_weights(d, t), matrix(d, t)),
    "neuron_activity": lambda d, t: path_switches(d, t)[1],
    "effective_map": lambda d, t: sg.effective_map(path_weights(d, t), path_switches(d, t)),
    "path_sum": lambda d, t: sg.path_sum(path_weights(d, t), matrix(d, t)),
    "euler_sums": lambda d, t: sg.euler_sums(path_weights(d, t), matrix(d, t)),
    "open_path_share": lambda d, t: sg.open_path_share(path_switches(d, t)),
    "sample_path_activity": lambda d, t: sg.sample_path_activity(path_switches(d, t), 5, generator=generator(d)),
    "train_hinge": lambda d, t: sg.train_hinge(
        path_weights(d, t), *three_samples(d, t), learning_rate=0.1, record_at=(2,)
    ).weights[0][0],
    "measure_assumptions": lambda d, t: np.nan_to_num(
        sg.measure_assumptions(path_weights(d, t), *three_samples(d, t), n_paths=9, generator=generator(d))
    ),
    "loss_stages": lambda d, t: sg.loss_stages(
        [w[None] for w in path_weights(d, t)], *three_samples(d, t), rho=0.2, rho_prime=0.8, generator=generator(d)
    )["couplings_random"],
    "layered_form": lambda d, t: sg.layered_form(
        torch.ones(8, 5, 4, device=d, dtype=t), path_weights(d, t)
    ),
    "minimize_layered_form": lambda d, t: sg.minimize_layered_form(
        matrix(d, t).mT, 3, max_sweeps=4, generator=generator(d)
    ).values,
    "sample_shallow": lambda d, t: descent.sample_shallow(3, 4, dtype=t, generator=generator(d)),
    "shallow_loss": lambda d, t: descent.shallow_loss(shallow(d, t), descent.HAT),
    "shallow_gradient": lambda d, t: descent.shallow_gradient(shallow(d, t), descent.HAT),
    "shallow_hessian": lambda d, t: descent.shallow_hessian(shallow(d, t), descent.HAT),
    "shallow_output": lambda d, t: descent.shallow_output(shallow(d, t), vector(d, t)),
    "kinks": lambda d, t: descent.kinks(shallow(d, t)),
    "append_constant": lambda d, t: wn.append_constant(matrix(d, t)),
    "forward_extended": lambda d, t: wn.forward_extended(wn.extended_weights(sampled(d, t)), matrix(d, t), "tanh"),
    "carry_constant": lambda d, t: wn.carry_constant(sampled(d, t), "tanh").weights[0],
    "random_features": lambda d, t: wn.random_features(matrix(d, t), 5, "tanh", generator=generator(d)),
    "gradient_bound": lambda d, t: wn.gradient_bound(*pyramid(d, t)).gradient_norm,
    "stationary_residuals": lambda d, t: wn.stationary_residuals(pyramid(d, t)[0], matrix(d, t).tile(9, 1), "tanh"),
    "descend_networks": lambda d, t: wn.descend(
        *pyramid(d, t, n_draws=2), learning_rate=0.1, n_steps=3, record_every=2
    ).loss,
    "sample_weights": lambda d, t: ln.sample_weights((3, 4, 2), 0.8, n_draws=2, dtype=t, generator=generator(d))[1],
    "weight_gradient": lambda d, t: ln.weight_gradient(layers(d, t), MAP_LOSS)[0],
    "hessian_product": lambda d, t: ln.hessian_product(layers(d, t), MAP_LOSS, layers(d, t))[1],
    "hessian_matrix": lambda d, t: ln.hessian_matrix([layer[0] for layer in layers(d, t)], MAP_LOSS),
    "gradient_bounds": lambda d, t: ln.gradient_bounds(layers(d, t), MAP_LOSS).lower_bounds,
    "project_target": lambda d, t: ln.project_target(matrix(d, t), matrix(d, t)[:, :3]).target,
    "linear_descent": lambda d, t: ln.descend(layers(d, t), MAP_LOSS, 0.05, 4, tol=1e-3, record_every=2).maps,
    "gradient_flow": lambda d, t: ln.gradient_flow(layers(d, t), MAP_LOSS, [0.0, 0.1], rtol=1e-3, atol=1e-5)[0],
    "balanced_init": lambda d, t: ln.balanced_init(matrix(d, t), (8, 5, 2))[0],
    "identity_init": lambda d, t: ln.identity_init(3, 2, like=vector(d, t))[0],
    "end_to_end_velocity": lambda d, t: ln.end_to_end_velocity(matrix(d, t)[:, :3], MAP_LOSS, 3),
    "scalar_flow": lambda d, t: ln.scalar_flow([0.1], vector(d, t)[:3], 0.5, rtol=1e-4),
    "scalar_descent": lambda d, t: ln.scalar_descent(matrix(d, t), 0.5, 0.1, 3),
    "equal_weight_descent": lambda d, t: ln.equal_weight_descent(vector(d, t), 0.5, 3, 0.1, 3),
    "load_mnist5k": lambda d, t: networks.load_mnist5k(
        n_train=50, device=d, dtype=t, generator=torch.Generator("cpu").manual_seed(0)
    ).train_inputs,
    "train_batch": lambda d, t: networks.train_batch(
        networks.sample_mlp((64, 5, 10), 1.0, 0.1, n_draws=2, dtype=t, generator=generator(d)),
        digits(d, t), "relu", n_steps=3, learning_rate=0.1, batch_size=8, generator=generator(d),
    ).mlp.weights[0],
    "arc_path": lambda d, t: cn.arc_path(*pairs(d, t), [0.0, 0.3], mean=cn.neuron_mean(*pairs(d, t))).weights[1],
    "path_losses": lambda d, t: cn.path_losses(lambda s: cn.linear_path(*pairs(d, t), s), pair_loss(d, t), 5),
    "loss_barrier": lambda d, t: cn.loss_barrier(matrix(d, t).mT),
    "train_curve": lambda d, t: cn.train_curve(
        *pairs(d, t), pair_loss(d, t), n_steps=5, n_points=5, generator=generator(d)
    ).losses,
    "elastic_band": lambda d, t: cn.elastic_band(*pairs(d, t), pair_loss(d, t), n_pivots=3, n_steps=4).losses,
    "worst_accuracy": lambda d, t: cn.worst_accuracy(
        lambda s: cn.linear_path(*[networks.sample_mlp((64, 5, 10), 1.0, 0.1, dtype=t, generator=generator(d))] * 2, s),
        digits(d, t), n_points=3,
    ).train,
    "match_neurons": lambda d, t: permute_neurons(
        pairs(d, t)[0], match_neurons(*pairs(d, t)).permutations
    ).weights[0],
    "noisy_descent": lambda d, t: sgd.noisy_descent(
        np.eye(8), sgd.isotropic_noise(8), matrix(d, t), 0.1, 5, momentum=0.5, average_from=2, generator=generator(d)
    ).average,
    "noisy_descent_mixed": lambda d, t: sgd.noisy_descent(
        BOWL, sgd.biased_noise(sgd.covariance_noise(BOWL, law="two-point"), [1, 0]), matrix(d, t)[:, :2], [0.1, 0.2], 2,
        optimum=[1.0, 2.0], record_every=1, generator=generator(d),
    ).records,
    "noisy_gradient_descent": lambda d, t: sgd.noisy_gradient_descent(
        lambda p: p**3, sgd.stable_noise(8, 1.5), matrix(d, t), 0.1, 3, record_every=1, generator=generator(d)
    ).records,
    "langevin_steps": lambda d, t: sgd.langevin(torch.sin, matrix(d, t), 0.5, 0.1, 3, generator=generator(d)).end,
    "adam_descent": lambda d, t: sgd.adam_descent(
        BOWL, sgd.covariance_noise(BOWL), matrix(d, t)[:, :2], 0.1, 3, generator=generator(d)
    ).end,
    "regression_descent": lambda d, t: sgd.regression_descent(
        matrix(d, t).mT, vector(d, t), matrix(d, t)[:, :2], 0.1, 5, batch_size=3, sampling="epochs",
        generator=generator(d),
    ).end,
    "regression_subsets": lambda d, t: sgd.regression_descent(
        matrix(d, t).mT, vector(d, t), matrix(d, t)[:, :2], 0.1, 5, batch_size=3, sampling="subsets",
        generator=generator(d),
    ).end,
    "track_optimum": lambda d, t: sgd.track_optimum(
        vector(d, t), vector(d, t) ** 2 + 1, 0.1, 5, drift_std=0.1, velocity=0.1, generator=generator(d)
    ).mean_square,
    "sample_noise": lambda d, t: sgd.sample_noise(sgd.isotropic_noise(3), 5, dtype=t, generator=generator(d)),
    "switching_bandit": lambda d, t: sgd.switching_bandit([0.1], 9, n_runs=3, dtype=t, generator=generator(d)),
    "noisy_objective": lambda d, t: sgd.AdditiveObjective(
        sgd.quadratic(BOWL), np.ones(3), np.ones((3, 2)), np.stack([BOWL] * 3)
    ).gradient(matrix(d, t)[:1, :2]),
    "hessian_operator": lambda d, t: (lambda h: h @ ones(h))(curvature(d, t)),
    "hessian_by_autograd": lambda d, t: (lambda h: h @ ones(h))(curvature(d, t, method="autograd", chunk_size=1)),
    "gauss_newton_operator": lambda d, t: (lambda g: g @ ones(g))(curvature(d, t, spectra.gauss_newton_operator)),
    "gradient_covariance_operator": lambda d, t: (lambda c: c @ ones(c))(
        curvature(d, t, spectra.gradient_covariance_operator, method="autograd")
    ),
    "lanczos_density": lambda d, t: spectra.lanczos_density(
        curvature(d, t), [0.0, 0.1], width=0.2, n_vectors=2, n_steps=3, rng=np.random.default_rng(1)
    ).density,
    "hutchpp_trace": lambda d, t: spectra.hutchpp_trace(
        curvature(d, t), n_matvecs=9, rng=np.random.default_rng(1)
    ).samples,
    "extreme_eigenpairs": lambda d, t: spectra.extreme_eigenpairs(
        curvature(d, t), 1, n_steps=12, tol=0.1, rng=np.random.default_rng(1)
    ).eigenvectors.abs(),
    "train_without_end": lambda d, t: symmetry.train_without_end(
        networks.sample_mlp((64, 5, 10), 1.0, 0.1, n_draws=2, dtype=t, generator=generator(d)),
        digits(d, t).train_inputs, digits(d, t).train_labels, learning_rate=0.1, n_blocks=1, block_length=3,
        n_snapshots=2, generator=generator(d),
    ).block_means.weights[0],
    "sort_neurons": lambda d, t: symmetry.sort_neurons(deep_pair(d, t)[0]).mlp.weights[1],
    "track_retraining": lambda d, t: symmetry.track_retraining(
        deep_pair(d, t)[0], deep_pair(d, t), method="norm"
    ).aligned.weights[1],
    "relative_distance": lambda d, t: symmetry.relative_distance(matrix(d, t), matrix(d, t).sin(), axis=0),
    "match_weights": lambda d, t: symmetry.apply_permutations(
        symmetry.mlp_spec((8, 5, 4, 2)), symmetry.match_weights(
            symmetry.mlp_spec((8, 5, 4, 2)), *map(symmetry.mlp_state, deep_pair(d, t))
        ).permutations, symmetry.mlp_state(deep_pair(d, t)[1]),
    )["weights.1"],
    "match_neurons_and_signs": lambda d, t: (lambda found: symmetry.permute_and_flip(
        deep_pair(d, t)[1], found.permutations, found.signs
    ).weights[1])(symmetry.match_neurons_and_signs(*deep_pair(d, t))),
    "match_mlp_activations": lambda d, t: permute_neurons(
        deep_pair(d, t)[1], symmetry.match_mlp_activations(*deep_pair(d, t), matrix(d, t).tile(9, 1).sin(), "tanh")
    ).weights[1],
    "match_activations": lambda d, t: symmetry.apply_permutations(
        symmetry.trace_permutation_spec(deep_modules(d, t)[0], matrix(d, t)), symmetry.match_activations(
            symmetry.trace_permutation_spec(deep_modules(d, t)[0], matrix(d, t)), *deep_modules(d, t), matrix(d, t)
        ), deep_modules(d, t)[1].state_dict(),
    )["2.weight"],
    "sample_permutations": lambda d, t: torch.ones(5, 5, device=d, dtype=t).cumsum(0)[
        symmetry.sample_permutations(symmetry.mlp_spec((8, 5, 2)), generator=generator(d))["hidden 1"]
    ],
    "sample_mask": lambda d, t: remedies.sample_mask(9, 5, 0.5, generator=generator(d)).to(t),
    "sample_tensor_mask": lambda d, t: remedies.sample_tensor_mask((9, 4, 3), 0.5, generator=generator(d)).to(t),
    "grouped_masks": lambda d, t: remedies.grouped_masks((5, 8, 8, 3), 0.5, 2, generator=generator(d))[1].to(t),
    "densest_mask": lambda d, t: remedies.densest_mask(6, 4).to(d, t),
    "PrunedLinear": lambda d, t: pruned_linear(d, t)(vector(d, t)).detach(),
    "PrunedConv2d": lambda d, t: remedies.PrunedConv2d(
        2, 3, 2, remedies.sample_mask(3, 2, 0.4, generator=generator(d)), generator=generator(d), device=d, dtype=t
    )(vector(d, t).reshape(1, 2, 2, 2)).detach(),
    "train_pruned": lambda d, t: remedies.train_pruned(
        [remedies.sample_tensor_mask((2, b, a), 0.4, generator=generator(d)) for a, b in ((64, 6), (6, 10))],
        digits(d, t), "tanh", n_steps=3, learning_rate=0.1, generator=generator(d),
    ).loss,
    "train_by_rule": rule_direction,
    "train_by_aligned_feedback": lambda d, t: rule_direction(d, t, "feedback alignment"),
    "DirectFeedbackNetwork": told_gradient,
    "FeedbackLinear": lambda d, t: remedies.FeedbackLinear(
        8, 3, generator=generator(d), device=d, dtype=t
    )(matrix(d, t)).detach(),
    "alignment_angle": lambda d, t: remedies.alignment_angle(*matrix(d, t).sin().cumsum(1)),
    "FilterResponses": lambda d, t: remedies.FilterResponses(
        remedies.gabor_bank([4.0], 3, 5), device=d, dtype=t
    )(digits(d, t).train_inputs.reshape(-1, 8, 8)),
    "fit_classifier": fitted_readout,
    "add_noise": lambda d, t: remedies.add_noise(matrix(d, t)[None], 0.5, generator=generator(d)),
    "shift": lambda d, t: remedies.shift(matrix(d, t)[None], 1, generator=generator(d)),
    "blur": lambda d, t: remedies.blur(matrix(d, t)[None], 1.0),
    "occlude": lambda d, t: remedies.occlude(matrix(d, t)[None], 1, generator=generator(d)),
    "rotate": lambda d, t: remedies.rotate(matrix(d, t)[None], 30.0, generator=generator(d)),
    "polynomial_features": lambda d, t: remedies.polynomial_features(matrix(d, t), remedies.laguerre(0.5), 4),
    "spline_features": lambda d, t: remedies.spline_features(matrix(d, t), 4),
    "stacked_polynomials": lambda d, t: polynomial_stack(d, t)(matrix(d, t)).detach(),
    "permute_hidden": lambda d, t: remedies.permute_hidden(polynomial_stack(d, t), 0, [2, 0, 1])(matrix(d, t)).detach(),
    "flip_hidden": lambda d, t: remedies.flip_hidden(polynomial_stack(d, t), 0, [1, -1, 1])(matrix(d, t)).detach(),
    "SplineLayer": lambda d, t: remedies.SplineLayer(
        8, 3, 4, scale=True, generator=generator(d), device=d, dtype=t
    )(matrix(d, t)).detach(),
    "find_teachers": lambda d, t: remedies.find_teachers(
        torch.ones(2, 3, device=d), n_teachers=2, n_students=3, n_steps=4, generator=generator(d)
    ).to(t),
}
THEORY = {
    "DecayScale", "Measurement", "PairTrajectory", "PhaseDiagram", "c_star", "chi1", "correlation_map",
    "correlation_slope", "correlation_trajectory", "covariance_map", "critical_curve", "critical_line",
    "decorrelation_map", "decorrelation_trajectory", "depth_scale", "first_length", "fit_decay",
    "gradient_trajectory", "length_fixed_points", "length_map", "length_slope", "length_trajectory",
    "pair_trajectory", "phase", "phase_diagram", "q_star", "xi_c", "xi_q",
}  # fmt: skip

GLASS = {
    "sample_couplings", "sample_couplings_packed", "random_states", "energy", "gradient", "hessian", "descend",
    "find_minima", "langevin", "find_critical_points",
}  # fmt: skip
PATHS = {
    "network_output", "neuron_activity", "effective_map", "path_sum", "euler_sums", "open_path_share",
    "sample_path_activity", "train_hinge", "measure_assumptions", "loss_stages", "layered_form",
    "minimize_layered_form",
}  # fmt: skip
ONE_DRAW = {  # no law to compare
    "sample_weights",
    "sample_shallow",
    "noisy_descent", "noisy_descent_mixed", "noisy_gradient_descent", "langevin_steps", "adam_descent",
    "regression_descent", "regression_subsets", "track_optimum", "sample_noise", "switching_bandit",
    *PATHS,
    "layer_gradients", "measure_gradient_times", "find_teachers",
    "forward_extended", "carry_constant", "random_features", "gradient_bound", "stationary_residuals",
    "descend_networks",
    "sample_mlp", "to_vector", "forward", "train", "circle_inputs", *GLASS,
    "train_batch", "arc_path", "path_losses", "train_curve", "elastic_band", "worst_accuracy", "match_neurons",
    "train_without_end",
    "match_weights", "match_neurons_and_signs", "match_mlp_activations", "match_activations", "sample_permutations",
    "train_by_rule", "train_by_aligned_feedback", "DirectFeedbackNetwork", "FeedbackLinear", "fit_classifier",
    "add_noise", "shift", "occlude", "rotate",
    "stacked_polynomials", "permute_hidden", "flip_hidden", "SplineLayer",
    "sample_mask", "sample_tensor_mask", "grouped_masks", "densest_mask", "PrunedLinear", "PrunedConv2d",
    "train_pruned",
}  # fmt: skip

def as_array(result):
    if isinstance(result, sp.Measurement):
        return result.samples
    return result.detach().cpu().numpy() if isinstance(result, torch.Tensor) else np.asarray(result)


def test_every_simulator_is_under_contract():
    assert set(sp.__all__) - THEORY <= set(SIMULATORS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", sorted(SIMULATORS))
def test_nothing_is_created_off_the_device_of_the_inputs(name, dtype):
    expected = SIMULATORS[name]("cpu", dtype)
    with torch.device("meta"):
        result = SIMULATORS[name]("cpu", dtype)
    if isinstance(result, torch.Tensor):
        assert result.device.type == "cpu"
        assert result.dtype == dtype
    assert np.array_equal(as_array(result), as_array(expected))


def test_the_contract_catches_a_stray_tensor():
    with torch.device("meta"), pytest.raises(RuntimeError):
        torch.ones(3, device="cpu") + torch.ones(3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("name", sorted(set(SIMULATORS) - ONE_DRAW))
def test_cuda_has_the_law_of_the_cpu(name):
    """Random streams differ between devices, so compare distributions: means over the draws within standard errors."""
    results = [SIMULATORS[name](device, torch.float64) for device in ("cpu", "cuda")]
    if isinstance(results[0], sp.Measurement):
        error = np.hypot(results[0].standard_error, results[1].standard_error)
        assert np.all(np.abs(results[0].mean - results[1].mean) <= 6 * error + 1e-9)
    elif name == "propagate_curve":
        assert as_array(results[0]).shape == as_array(results[1]).shape
    else:
        assert np.allclose(as_array(results[0]), as_array(results[1]))
