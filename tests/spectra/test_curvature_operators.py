"""Curvature operators against dense derivatives, over models, losses, chunks, precisions and methods."""

import re

import numpy as np
import pytest
import torch
from scipy.sparse.linalg import eigsh
from torch import nn
from torch.autograd import functional as derivatives

from lossland import spectra
from lossland.networks import forward, from_vector, sample_mlp, to_vector
from lossland.numerics import slope_test
from lossland.spectra import perceptron_products

F64 = torch.float64
cross_entropy = nn.functional.cross_entropy
KINDS = {
    "hessian": spectra.hessian_operator,
    "gauss_newton": spectra.gauss_newton_operator,
    "gradient_covariance": spectra.gradient_covariance_operator,
}


def sample_of(generator, n=23, width=6, n_classes=4):
    inputs = torch.randn(n, width, dtype=F64, generator=generator)
    return inputs, torch.randint(n_classes, (n,), generator=generator)


def dense(kind, function, vector, loss_of_samples, outputs_of):
    """The three matrices entry by entry, from first principles; ``outputs_of`` maps a vector to (N, c)."""
    if kind == "hessian":
        return derivatives.hessian(function, vector)
    if kind == "gauss_newton":
        jacobian = derivatives.jacobian(outputs_of, vector)
        outputs = outputs_of(vector).detach()
        curvature = derivatives.hessian(lambda z: loss_of_samples(z).mean(), outputs)
        return torch.einsum("ncp,ncmd,mdq->pq", jacobian, curvature, jacobian)
    gradients = derivatives.jacobian(lambda v: loss_of_samples(outputs_of(v)), vector)
    return torch.cov(gradients.T, correction=0)


LOSSES = {
    "cross_entropy": (cross_entropy, lambda y: lambda z: cross_entropy(z, y, reduction="none")),
    "half_square": (
        lambda z, y: ((z - nn.functional.one_hot(y, 4)) ** 2).sum(1).mean() / 2,
        lambda y: lambda z: ((z - nn.functional.one_hot(y, 4)) ** 2).sum(1) / 2,
    ),
    "odd_power": (  # neither convex nor with equal blocks
        lambda z, y: (z**3 * (1 + y[:, None])).sum(1).mean(),
        lambda y: lambda z: (z**3 * (1 + y[:, None])).sum(1),
    ),
}


@pytest.mark.parametrize("options", [{}, {"method": "autograd"}, {"method": "autograd", "chunk_size": 5}], ids=str)
@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus", "linear"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_perceptron_has_its_dense_matrix(kind, activation, loss, options):
    generator = torch.Generator().manual_seed(1)
    inputs, labels = sample_of(generator)
    mlp = sample_mlp((6, 5, 3, 4), 1.3, 0.2, generator=generator)
    mean, each = LOSSES[loss]
    each = each(labels)

    def outputs_of(vector):
        return forward(from_vector(vector, mlp), inputs, activation)

    expected = dense(kind, lambda v: each(outputs_of(v)).mean(), to_vector(mlp), each, outputs_of)
    operator = KINDS[kind](mlp, mean, inputs, labels, activation=activation, **options)
    assert operator.method == options.get("method", "written_out")
    found = operator @ torch.eye(len(expected), dtype=F64)
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-12 * float(expected.abs().max()))
    one = torch.randn(len(expected), dtype=F64, generator=generator)  # a single vector takes another path
    torch.testing.assert_close(operator @ one, expected @ one, rtol=1e-10, atol=1e-12)


class Weighted(nn.Module):
    """Convolution, normalization, a shared layer, two forms of output: nothing that could be written out."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(1, 2, 3)
        self.normalization = nn.LayerNorm(8)
        self.shared = nn.Linear(8, 8)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        h = nn.functional.gelu(self.convolution(x[:, None]).flatten(1))
        h = torch.sin(self.shared(self.normalization(h)))
        return self.head(torch.tanh(self.shared(h)))


@pytest.mark.parametrize("chunks", [{}, {"chunk_size": 7}, {"chunk_size": 7, "keep_graph": False}], ids=str)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_any_module_has_its_dense_matrix(kind, chunks):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = Weighted().double().eval()
    inputs, labels = sample_of(torch.Generator().manual_seed(4))
    names, shapes = zip(*((name, p.shape) for name, p in model.named_parameters()), strict=True)
    vector = torch.cat([p.detach().flatten() for p in model.parameters()])

    def outputs_of(v):
        pieces = v.split([shape.numel() for shape in shapes])
        values = {name: piece.view(shape) for name, piece, shape in zip(names, pieces, shapes, strict=True)}
        return torch.func.functional_call(model, values, (inputs,))

    def each(z):
        return cross_entropy(z, labels, reduction="none")

    expected = dense(kind, lambda v: each(outputs_of(v)).mean(), vector, each, outputs_of)
    operator = KINDS[kind](model, cross_entropy, inputs, labels, **chunks)
    assert operator.method == "autograd"
    found = operator.apply(torch.eye(len(vector), dtype=F64))
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    assert operator.n_matvecs == len(vector)


def test_a_plain_chain_of_layers_is_written_out_and_agrees_with_autograd():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(6, 9), nn.GELU(), nn.Linear(9, 7), nn.GELU(), nn.Linear(7, 4)).double()
    inputs, labels = sample_of(torch.Generator().manual_seed(1), n=300)
    found, expected = (
        spectra.hessian_operator(model, cross_entropy, inputs, labels, method=method) for method in ("auto", "autograd")
    )
    assert (found.method, expected.method) == ("written_out", "autograd")
    vectors = torch.randn(5, found.shape[0], dtype=F64, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(found.apply(vectors), expected.apply(vectors), rtol=1e-10, atol=1e-12)
    assert found.blocks == expected.blocks
    torch.testing.assert_close(found.gradient(), expected.gradient())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_slices_of_the_samples_add_up(kind, monkeypatch):
    mlp = sample_mlp((6, 5, 3, 4), 1.3, 0.2, generator=torch.Generator().manual_seed(0))
    inputs, labels = sample_of(torch.Generator().manual_seed(1), n=301)
    operator = KINDS[kind](mlp, cross_entropy, inputs, labels, activation="tanh")
    vectors = torch.randn(3, operator.shape[0], dtype=F64, generator=torch.Generator().manual_seed(2))
    whole, one = operator.apply(vectors), operator.apply(vectors[0])
    monkeypatch.setattr(perceptron_products, "_SLICE_BYTES", 1)
    torch.testing.assert_close(operator.apply(vectors), whole, rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(operator.apply(vectors[0]), one, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 4)),
        nn.Sequential(nn.Linear(6, 5, bias=False), nn.Tanh(), nn.Linear(5, 4)),
        nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.Linear(5, 4)),
        nn.Sequential(nn.Linear(6, 5), nn.Tanh()),
        nn.Linear(6, 4),
    ],
    ids=["mixed", "no bias", "norm", "ends in activation", "bare layer"],
)
def test_other_modules_are_left_to_autograd(model):
    inputs, labels = sample_of(torch.Generator().manual_seed(0))
    operator = spectra.hessian_operator(model.double(), cross_entropy, inputs, labels % 4)
    assert operator.method == "autograd"
    with pytest.raises(ValueError, match="'written_out' needs all parameters of an MLP"):
        spectra.hessian_operator(model, cross_entropy, inputs, labels, method="written_out")


def test_a_loss_that_couples_samples_is_left_to_autograd():
    """The blocks of single samples would miss the coupling; the slope test sees whether the operator does."""
    inputs, labels = sample_of(torch.Generator().manual_seed(0))
    mlp = sample_mlp((6, 3, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(1))

    def spread(z, y):
        return ((z - z.mean(0)) ** 4).mean() + (z.mean() - y.double().mean()) ** 4

    operator = spectra.hessian_operator(mlp, spread, inputs, labels, activation="tanh")
    assert operator.method == "autograd"
    at = to_vector(mlp)

    def value(v):
        return float(spread(forward(from_vector(torch.as_tensor(v), mlp), inputs, "tanh"), labels))

    test = slope_test(
        value,
        lambda _: operator.gradient().numpy(),
        at.numpy(),
        rng=np.random.default_rng(0),
        order=2,
        hessian_product=lambda _, v: (operator @ torch.as_tensor(v)).numpy(),
    )
    assert 2.9 < test.slope < 3.1


def test_finite_differences_of_the_gradient_agree():
    inputs, labels = sample_of(torch.Generator().manual_seed(5))
    mlp = sample_mlp((6, 5, 4), 1.0, 0.1, generator=torch.Generator().manual_seed(6))
    decay = 0.03
    here = spectra.hessian_operator(mlp, cross_entropy, inputs, labels, activation="sigmoid", weight_decay=decay)
    direction = torch.randn(here.shape[0], dtype=F64, generator=torch.Generator().manual_seed(7))
    step = 1e-5
    moved = [
        spectra.hessian_operator(
            from_vector(to_vector(mlp) + sign * step * direction, mlp), cross_entropy, inputs, labels,
            activation="sigmoid", weight_decay=decay,
        ).gradient()
        for sign in (1, -1)
    ]  # fmt: skip
    torch.testing.assert_close(here @ direction, (moved[0] - moved[1]) / (2 * step), rtol=1e-6, atol=1e-9)
    slope = (here.loss_at(step * direction) - here.loss_at(-step * direction)) / (2 * step)
    assert slope == pytest.approx(float(here.gradient() @ direction), rel=1e-7)


def test_parts_of_the_parameters_give_blocks_of_the_matrix():
    inputs, labels = sample_of(torch.Generator().manual_seed(5))
    mlp = sample_mlp((6, 5, 4), 1.0, 0.1, generator=torch.Generator().manual_seed(6))
    whole = spectra.hessian_operator(mlp, cross_entropy, inputs, labels, activation="tanh")
    part = spectra.hessian_operator(
        mlp, cross_entropy, inputs, labels, activation="tanh", parameters=["biases.1", "weights.0"]
    )
    kept = np.r_[whole.blocks["weights.0"], whole.blocks["biases.1"]]
    np.testing.assert_allclose(
        spectra.dense_matrix(part), spectra.dense_matrix(whole)[np.ix_(kept, kept)], atol=1e-13
    )
    assert list(part.blocks) == ["weights.0", "biases.1"]


def test_a_frozen_layer_is_left_out():
    model = nn.Sequential(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 4)).double()
    model[0].requires_grad_(False)
    inputs, labels = sample_of(torch.Generator().manual_seed(5))
    operator = spectra.hessian_operator(model, cross_entropy, inputs, labels)
    assert list(operator.blocks) == ["2.weight", "2.bias"]
    assert spectra.dense_spectrum(operator).min() > -1e-12  # convex in the last layer


def test_the_operator_stays_where_it_was_made():
    inputs, labels = sample_of(torch.Generator().manual_seed(5))
    model = nn.Sequential(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 4)).double()
    for method in ("auto", "autograd"):
        operator = spectra.hessian_operator(model, cross_entropy, inputs, labels, method=method)
        vector = torch.ones(operator.shape[0], dtype=F64)
        before, loss = operator @ vector, operator.loss()
        with torch.no_grad():
            model[0].weight += 1.0
        torch.testing.assert_close(operator @ vector, before, rtol=0, atol=0)
        assert operator.loss() == loss


def test_weight_decay_shifts_the_spectrum():
    inputs, labels = sample_of(torch.Generator().manual_seed(5))
    mlp = sample_mlp((6, 4), 1.0, 0.1, generator=torch.Generator().manual_seed(6))
    for build in (spectra.hessian_operator, spectra.gauss_newton_operator):
        bare, shifted = (
            spectra.dense_spectrum(
                build(mlp, cross_entropy, inputs, labels, activation="tanh", weight_decay=decay)
            )
            for decay in (0.0, 0.25)
        )
        np.testing.assert_allclose(shifted, bare + 0.25, atol=1e-13)


def test_scipy_takes_the_operator():
    inputs, labels = sample_of(torch.Generator().manual_seed(5), n=80)
    mlp = sample_mlp((6, 5, 4), 1.0, 0.1, generator=torch.Generator().manual_seed(6))
    operator = spectra.hessian_operator(mlp, cross_entropy, inputs, labels, activation="tanh")
    linear = operator.to_linear_operator()
    matrix = spectra.dense_matrix(operator)
    np.testing.assert_allclose(linear @ np.eye(len(matrix)), matrix, atol=1e-13)
    start = np.random.default_rng(0).standard_normal(len(matrix))
    np.testing.assert_allclose(eigsh(linear, k=3, v0=start)[0], _largest_by_size(matrix, 3), atol=1e-9)


def _largest_by_size(matrix, count):
    values = np.linalg.eigvalsh(matrix)
    return np.sort(values[np.argsort(-np.abs(values))[:count]])


def test_linear_regression_has_the_second_moments_of_the_inputs():
    inputs = torch.randn(50, 3, dtype=F64, generator=torch.Generator().manual_seed(0))
    model = nn.Linear(3, 1, bias=False).double()
    operator = spectra.hessian_operator(model, lambda z, y: ((z - y) ** 2).mean() / 2, inputs, torch.zeros(50, 1))
    torch.testing.assert_close(operator @ torch.eye(3, dtype=F64), inputs.T @ inputs / 50)


class TestErrors:
    @pytest.fixture
    def data(self):
        return sample_of(torch.Generator().manual_seed(0))

    def test_a_parameter_that_the_loss_does_not_depend_on(self, data):
        model = Weighted().double()
        model.idle = nn.Parameter(torch.zeros(2, dtype=F64))
        for build in KINDS.values():
            with pytest.raises(spectra.UnusedParameterError, match="does not depend on the parameter idle; name the"):
                build(model, cross_entropy, *data)
        names = [name for name, _ in model.named_parameters() if name != "idle"]
        spectra.hessian_operator(model, cross_entropy, *data, parameters=names)

    @pytest.mark.parametrize("method", ["auto", "autograd"])
    def test_a_loss_that_depends_on_no_parameter(self, data, method):
        model = nn.Sequential(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 4)).double()
        with pytest.raises(spectra.UnusedParameterError, match=r"parameters 0.weight, 0.bias, 2.weight, 2.bias"):
            spectra.hessian_operator(model, lambda _z, y: y.double().mean(), *data, method=method)

    def test_a_parameter_that_enters_linearly_has_a_row_of_zeros_and_no_error(self, data):
        model = nn.Linear(6, 4).double()
        operator = spectra.hessian_operator(model, lambda z, _y: z.mean(), *data)
        assert not bool(torch.any(operator @ torch.eye(28, dtype=F64)))

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"model": 3}, TypeError, "model: expected a torch.nn.Module or a lossland.networks.MLP, got int"),
            ({"loss": None}, TypeError, "loss: expected a function of (outputs, targets), got NoneType"),
            ({"loss": lambda z, _: z}, ValueError, "loss: expected one number, the mean over the samples, got shape"),
            ({"loss": lambda z, _: 1.0}, ValueError, "loss: expected one number, the mean over the samples, got float"),
            ({"loss": lambda z, _: z.sum() * torch.inf}, ValueError, "loss: expected a finite value"),
            ({"inputs": np.ones((23, 6))}, TypeError, "inputs: expected a tensor with one sample per row, got ndarray"),
            ({"targets": torch.zeros(3)}, ValueError, "targets: expected one for each of 23 inputs (>= 1), got 3"),
            ({"activation": "tanh"}, TypeError, "activation: a Linear has its own, leave it out; got 'tanh'"),
            ({"parameters": ["bulk"]}, ValueError, "parameters: expected names out of weight, bias, got bulk"),
            ({"parameters": []}, ValueError, "parameters: expected names out of weight, bias, got none"),
            ({"method": "magic"}, ValueError, "method: expected one of auto, written_out, autograd, got 'magic'"),
            ({"weight_decay": -1}, ValueError, "weight_decay: expected >= 0, got -1"),
            ({"chunk_size": 0}, ValueError, "chunk_size: expected an integer >= 1, got 0"),
            ({"model": nn.Dropout(0.5)}, ValueError, "model: '' depends on the batch or on chance while training"),
            ({"model": nn.Tanh()}, ValueError, "model: expected parameters with requires_grad, got none"),
        ],
    )
    def test_arguments(self, data, change, error, message):
        arguments = {"model": nn.Linear(6, 4).double(), "loss": cross_entropy, "inputs": data[0], "targets": data[1]}
        arguments |= change
        with pytest.raises(error, match=re.escape(message)):
            spectra.hessian_operator(**arguments)

    def test_chunks_need_a_mean(self, data):
        def total(z, y):
            return cross_entropy(z, y, reduction="sum")

        model = Weighted().double()
        with pytest.raises(ValueError, match="expected a mean over samples, but all of them give"):
            spectra.hessian_operator(model, total, *data, chunk_size=5)
        spectra.hessian_operator(model, total, *data)  # as it is, in one piece

    def test_a_batch_of_networks_and_a_missing_activation(self, data):
        mlp = sample_mlp((6, 4), 1.0, 0.0, n_draws=2, generator=torch.Generator().manual_seed(0))
        with pytest.raises(ValueError, match="expected one network, got a batch"):
            spectra.hessian_operator(mlp, cross_entropy, *data, activation="tanh")
        with pytest.raises(TypeError, match="activation: expected a name or a torch function for an MLP, got None"):
            spectra.hessian_operator(mlp, cross_entropy, *data)

    def test_vectors(self, data):
        operator = spectra.hessian_operator(nn.Linear(6, 4).double(), cross_entropy, *data)
        with pytest.raises(TypeError, match=r"vectors: expected a tensor of torch.float64 as the"):
            operator.apply(torch.zeros(28))
        with pytest.raises(ValueError, match=r"vectors: expected \(..., 28\) on cpu, got \(27,\) on cpu"):
            operator.apply(torch.zeros(27, dtype=F64))
        assert repr(operator) == "CurvatureOperator(hessian, n=28, autograd, torch.float64, cpu)"


def test_single_precision_stays_single():
    inputs, labels = sample_of(torch.Generator().manual_seed(5))
    mlp = sample_mlp((6, 5, 4), 1.0, 0.1, dtype=torch.float32, generator=torch.Generator().manual_seed(6))
    operator = spectra.hessian_operator(mlp, cross_entropy, inputs.float(), labels, activation="tanh")
    assert (operator @ torch.ones(operator.shape[0])).dtype == torch.float32
    assert operator.to_linear_operator().dtype == np.float32
    assert spectra.dense_spectrum(operator).dtype == np.float64


def test_the_curvature_of_a_softmax_is_that_of_the_book():
    outputs = torch.randn(5, 3, dtype=F64, generator=torch.Generator().manual_seed(0))
    found = spectra.output_curvature(cross_entropy, outputs, torch.tensor([0, 1, 2, 0, 1]))
    p = outputs.softmax(1)
    torch.testing.assert_close(found.blocks, (torch.diag_embed(p) - p[:, :, None] * p[:, None]) / 5)
    assert found.separable


def test_the_quadratic_model_leaves_a_cubic_remainder():
    inputs, labels = sample_of(torch.Generator().manual_seed(5))
    mlp = sample_mlp((6, 5, 4), 1.0, 0.1, generator=torch.Generator().manual_seed(6))
    operator = spectra.hessian_operator(mlp, cross_entropy, inputs, labels, activation="tanh", weight_decay=0.01)
    direction = torch.randn(operator.shape[0], dtype=F64, generator=torch.Generator().manual_seed(7))
    steps = np.geomspace(1e-3, 2e-2, 9)
    result = spectra.quadratic_model(operator, direction / direction.norm(), steps)
    slope = np.polyfit(np.log(steps), np.log(np.abs(result.loss - result.model)), 1)[0]
    assert 2.9 < slope < 3.1
    with pytest.raises(ValueError, match="operator: expected a Hessian, got gauss_newton"):
        spectra.quadratic_model(
            spectra.gauss_newton_operator(mlp, cross_entropy, inputs, labels, activation="tanh"), direction, [0.1]
        )
