"""The experiment on fixed filters: its fields belong together, its parts do what they say, its record is complete."""

import numpy as np
import pytest
import torch

from lossland.experiments import filter_banks as fb
from lossland.experiments import find_experiment, load_record
from lossland.experiments import recognizers as rc

SETTINGS = fb.FilterBankSettings("digits", (2, 10), (3, 12), (4,), 20, 60)


@pytest.fixture(scope="module")
def cell():
    return fb.measure(SETTINGS, np.random.SeedSequence(3))


@pytest.fixture(scope="module")
def task():
    return rc.make_task("digits", 5)


def test_fields_have_one_entry_for_each_system(cell):
    shapes = {
        "accuracy": (8,), "n_weights": (8,), "few_shot": (8, 2), "few_shot_nearest": (6, 2), "distorted": (8, 13),
        "added": (4, 3), "fine_tuned": (2, 6, 2), "fine_tuned_choice": (2, 2), "retrained": (2, 2),
        "count_accuracy": (2, 2, 3), "four_classes": (20, 3), "first_layer": (3,), "permuted": (),
        "share_trained": (16,), "share_initial": (16,), "share_components": (16,),
    }  # fmt: skip
    for name, shape in shapes.items():
        values = np.array(cell[name])
        assert values.shape == shape, name
        assert np.all((values >= 0) & ((values <= 1) | (name == "n_weights"))), name
    assert cell["n_weights"] == [250, 3850, 3850, 3850, 650, 7510, 16 * 26 + 256 * 10 + 10, 3850]
    assert [row[0] for row in cell["distorted"]] == cell["accuracy"]
    assert cell["first_layer"][0] == cell["accuracy"][6]


def test_recognizers_learn_and_distortions_hurt(cell):
    accuracy, distorted = np.array(cell["accuracy"]), np.array(cell["distorted"])
    assert accuracy.min() > 0.7
    assert accuracy[1] > accuracy[0]  # places tell more
    assert np.all(distorted[:, 4] < accuracy)  # noise of 0.5
    assert np.all(np.array(cell["few_shot"])[:, 1] > 0.5)
    assert np.array(cell["fine_tuned"])[:, 0, 1].tolist() == [0, 0]  # nobody knows a class that was kept away


def test_compared_strengths_know_neither_contrast_nor_what_is_added_to_all():
    strengths = torch.rand(5, 6, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    compared = rc.compare_strengths(strengths)
    torch.testing.assert_close(rc.compare_strengths(3 * strengths + 7), compared)
    torch.testing.assert_close(compared.sum((1, 2)), torch.zeros(5, dtype=torch.float64), rtol=0, atol=1e-12)
    torch.testing.assert_close(compared.square().sum((1, 2)), torch.ones(5, dtype=torch.float64))
    assert not rc.compare_strengths(torch.ones(1, 2, 3)).any()


def test_one_seed_gives_one_task_and_parts_are_disjoint(task):
    again = rc.make_task("digits", 5)
    for mine, other in zip(task.images + task.labels, again.images + again.labels, strict=True):
        assert torch.equal(mine, other)
    assert [len(part) for part in task.images] == [997, 300, 500]
    assert not torch.equal(rc.make_task("digits", 6).labels[0], task.labels[0])
    flat = torch.cat(task.images).flatten(1)
    assert len(flat.unique(dim=0)) == len(flat)
    assert (flat.min().item(), flat.max().item()) == (0, 1)


def test_a_fixed_recognizer_chooses_its_shrinkage_by_the_images_to_choose_by(task):
    view = rc.make_view(task, "pixels")
    system = rc.FixedRecognizer(task, tuple(view(images) for images in task.images))
    alone = [np.mean(system.fit(slice(None), (s,)).predict(system.inputs[1]) == task.labels[1].numpy())
             for s in rc._SHRINKAGES]  # fmt: skip
    system.fit(slice(None))
    assert system.readout.shrinkage == rc._SHRINKAGES[int(np.argmax(alone))]


def test_channels_are_scaled_so_that_their_units_do_not_matter(task):
    view = rc.make_view(task, "random")
    inputs = tuple(view(images[:200]) for images in task.images)
    units = torch.linspace(0.1, 10, inputs[0].shape[1])[:, None]
    few = task._replace(labels=tuple(part[:200] for part in task.labels))
    plain, scaled = (rc.FixedRecognizer(few, group).fit(slice(None)) for group in (inputs, [units * i for i in inputs]))
    assert np.mean(plain.predict(inputs[2]) == scaled.predict(units * inputs[2])) > 0.99


def test_added_in_two_parts_is_learned_at_once_but_for_the_scale(task):
    view = rc.make_view(task, "gabor")
    system = rc.FixedRecognizer(task, tuple(view(images) for images in task.images))
    new = (task.labels[0] == 4).numpy()
    in_two = system.fit(~new, (0.1,)).add(new).predict(system.inputs[2])
    at_once = system.fit(slice(None), (0.1,)).predict(system.inputs[2])
    assert 4 in in_two
    assert np.mean(in_two == at_once) > 0.98


def test_a_trained_recognizer_keeps_the_best_step(task):
    view = rc.make_view(task, "perceptron")
    inputs = tuple(view(images) for images in task.images)
    system = rc.TrainedRecognizer(task, inputs, lambda g: rc.make_network(task.shape, "perceptron", g, 8))
    few = np.arange(100)
    alone = []
    for rate in (1e-6, 0.1):
        system.fit(few, 20, (rate,))
        alone.append(np.mean(system.predict(inputs[1]) == task.labels[1].numpy()))
    best = system.fit(few, 20, (1e-6, 0.1))
    assert alone[0] < alone[1] == np.mean(best.predict(inputs[1]) == task.labels[1].numpy())
    assert best.rate == 0.1


def test_record_of_the_book_is_complete():
    record = load_record("filter_banks")
    assert record.command == "lossland reproduce filter_banks --size full"
    assert len(record.cells) == len(find_experiment("filter_banks").cells("full")) == 10
    for dataset in ("digits", "mnist5k"):
        assert len({cell["seed"] for cell in record.select(dataset=dataset).cells}) == 5
