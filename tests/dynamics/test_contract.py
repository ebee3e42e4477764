"""What every equation of motion promises, as one suite over all of them."""

import copy
import math

import pytest
import torch
from torch import nn

from physlearn.dynamics.langevin import Langevin
from physlearn.dynamics.mala import MALA
from physlearn.dynamics.nose_hoover import NoseHoover
from physlearn.dynamics.preconditioned import PreconditionedLangevin
from physlearn.dynamics.underdamped import UnderdampedLangevin

OPTIMIZERS = {
    "langevin": (Langevin, {}),
    "langevin, rademacher": (Langevin, dict(noise="rademacher")),
    "langevin, box_muller": (Langevin, dict(noise="box_muller")),
    "leimkuhler_matthews": (Langevin, dict(scheme="leimkuhler_matthews")),
    "underdamped": (UnderdampedLangevin, dict(friction=1.2, mass=0.7)),
    "preconditioned": (PreconditionedLangevin, dict(damping=0.1)),
    "nose_hoover": (NoseHoover, dict(diffusion=0.8, inertia=1.5)),
    "mala": (MALA, {}),
}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def every_optimizer_but(*left_out):
    return pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name not in left_out])


def stream(seed):
    return torch.Generator().manual_seed(seed)


def build(name, params, **keys):
    kind, own = OPTIMIZERS[name]
    return kind(params, **(dict(lr=0.03, temperature=0.2, weight_decay=0.1, generator=stream(7)) | own | keys))


def weights_of(dtype=torch.float32, seed=1):
    """Two weights and a bias, the first dimension of each a replica: (3, ...)."""
    shapes = (3, 4, 5), (3, 2), (3,)
    return [nn.Parameter(torch.randn(s, generator=stream(seed + i), dtype=dtype)) for i, s in enumerate(shapes)]


def energy_of(weights, per_replica=False):
    """A quartic, anharmonic energy with known rows; sets the gradients."""

    def closure():
        for w in weights:
            w.grad = None
        rows = sum((w.square() + 0.3 * w**4).reshape(len(w), -1).sum(1) for w in weights)
        rows.sum().backward()
        return rows if per_replica else rows.sum()

    return closure


def run(optimizer, weights, steps, per_replica=False):
    for _ in range(steps):
        optimizer.step(energy_of(weights, per_replica))


@every_optimizer
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("temperature", [0.2, torch.tensor([0.1, 0.0, 3.0])])
def test_k_steps_resume_k_steps_are_2k_steps_bit_for_bit(name, dtype, temperature):
    by_replica = isinstance(temperature, torch.Tensor)
    straight = weights_of(dtype)
    optimizer = build(name, straight, temperature=temperature)
    run(optimizer, straight, 7, by_replica)
    saved = copy.deepcopy(optimizer.state_dict()), [w.detach().clone() for w in straight]
    run(optimizer, straight, 7, by_replica)

    resumed = [nn.Parameter(w) for w in saved[1]]
    other = build(name, resumed, lr=0.9, temperature=torch.ones(3) if by_replica else 5.0, generator=stream(99))
    other.load_state_dict(saved[0])
    run(other, resumed, 7, by_replica)
    assert all(torch.equal(a, b) for a, b in zip(straight, resumed, strict=True))
    assert torch.equal(optimizer.generators[0].get_state(), other.generators[0].get_state())


@every_optimizer
def test_state_is_made_of_tensors_numbers_strings_lists_and_dicts(name):
    weights = weights_of()
    optimizer = build(name, weights, temperature=torch.tensor([0.1, 0.0, 3.0]))
    run(optimizer, weights, 2, per_replica=True)

    def check(value):
        if isinstance(value, dict):
            assert all(isinstance(key, str | int) for key in value)
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                check(item)
        else:
            assert value is None or isinstance(value, torch.Tensor | bool | int | float | str)

    check(optimizer.state_dict())


@every_optimizer
def test_saved_state_does_not_move_with_the_run(name):
    """The parts of the state that are not torch's usual per-weight buffers are snapshots."""
    weights = weights_of()
    optimizer = build(name, weights)
    run(optimizer, weights, 2)
    saved = optimizer.state_dict()
    kept = copy.deepcopy({key: saved[key] for key in ("param_groups", "generators")})
    run(optimizer, weights, 2)
    assert str(kept) == str({key: saved[key] for key in kept})


PLAIN = {
    "langevin": lambda p, wd: torch.optim.SGD(p, 0.03, weight_decay=wd),
    "leimkuhler_matthews": lambda p, wd: torch.optim.SGD(p, 0.03, weight_decay=wd),
    "mala": lambda p, wd: torch.optim.SGD(p, 0.03, weight_decay=wd),
    "preconditioned": lambda p, wd: torch.optim.RMSprop(p, 0.03, alpha=0.99, eps=0.1, weight_decay=wd),
}


@pytest.mark.parametrize("temperature", [0.0, torch.zeros(3)], ids=["number", "vector"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("name", PLAIN)
def test_zero_temperature_is_plain_descent_bit_for_bit_and_draws_nothing(name, weight_decay, temperature):
    cold, plain = weights_of(), weights_of()
    optimizer = build(name, cold, temperature=temperature, weight_decay=weight_decay)
    before = optimizer.generators[0].get_state()
    run(optimizer, cold, 9)
    run(PLAIN[name](plain, weight_decay), plain, 9)
    assert all(torch.equal(a, b) for a, b in zip(cold, plain, strict=True))
    assert torch.equal(optimizer.generators[0].get_state(), before)


@pytest.mark.parametrize("name", ["underdamped", "nose_hoover"])
def test_zero_temperature_of_inertial_motion_draws_nothing_and_comes_to_rest(name):
    weights = weights_of()
    optimizer = build(name, weights, temperature=0.0)
    before = optimizer.generators[0].get_state()
    run(optimizer, weights, 1500)
    assert torch.equal(optimizer.generators[0].get_state(), before)
    assert max(float(w.detach().abs().max()) for w in weights) < 1e-3
    assert float(optimizer.kinetic_temperature()) < 1e-6


@every_optimizer
def test_a_cold_row_moves_as_if_alone_at_zero_temperature(name):
    hot, cold = weights_of(), weights_of()
    run(build(name, hot, temperature=torch.tensor([0.5, 0.0, 2.0])), hot, 5, per_replica=True)
    run(build(name, cold, temperature=torch.zeros(3)), cold, 5, per_replica=True)
    assert all(torch.equal(a[1], b[1]) for a, b in zip(hot, cold, strict=True))
    assert not any(torch.equal(a[0], b[0]) for a, b in zip(hot, cold, strict=True))


@every_optimizer_but("nose_hoover")  # there a vector gives each replica a thermostat of its own
def test_a_uniform_vector_of_temperatures_is_the_number(name):
    one, many = weights_of(torch.float64), weights_of(torch.float64)
    run(build(name, one), one, 5, per_replica=True)
    vector = torch.full((3,), 0.2, dtype=torch.float64)
    run(build(name, many, temperature=vector), many, 5, per_replica=True)
    assert all(torch.allclose(a, b, rtol=1e-12, atol=1e-13) for a, b in zip(one, many, strict=True))


@every_optimizer
def test_a_replica_with_its_own_generator_does_not_feel_its_neighbours(name):
    """What makes a run independent of how the replicas are spread over machines; the cold one included."""
    temperature = torch.tensor([0.5, 0.0, 2.0], dtype=torch.float64)
    together, part = weights_of(torch.float64), [nn.Parameter(w[1:].clone()) for w in weights_of(torch.float64)]
    streams = [stream(s) for s in (21, 22, 23)]
    run(build(name, together, temperature=temperature, generator=streams), together, 6, per_replica=True)
    streams = [stream(s) for s in (22, 23)]
    run(build(name, part, temperature=temperature[1:], generator=streams), part, 6, per_replica=True)
    assert all(torch.allclose(a[1:], b, rtol=1e-13, atol=0) for a, b in zip(together, part, strict=True))


@every_optimizer_but("mala")  # whose test joins the groups
def test_groups_keep_their_own_step_and_prior(name):
    """Two groups in one optimizer move like two optimizers, noise apart: here at T = 0."""
    together, apart = weights_of(), weights_of()
    groups = [dict(params=together[:1], lr=0.01), dict(params=together[1:], weight_decay=0.7)]
    joint = build(name, groups, temperature=0.0)
    first = build(name, apart[:1], lr=0.01, temperature=0.0)
    second = build(name, apart[1:], weight_decay=0.7, temperature=0.0)
    for _ in range(4):
        joint.step(energy_of(together))
        energy_of(apart)()
        first.step()
        second.step()
    assert all(torch.equal(a, b) for a, b in zip(together, apart, strict=True))


@every_optimizer
def test_groups_keep_their_own_temperature(name):
    if name == "mala":
        weights = weights_of()
        optimizer = build(name, [dict(params=weights[:1], temperature=0.1), dict(params=weights[1:])])
        with pytest.raises(ValueError, match="one temperature"):
            optimizer.step(energy_of(weights))
        return
    mixed, cold = weights_of(), weights_of()
    run(build(name, [dict(params=mixed[:1]), dict(params=mixed[1:], temperature=0.0)]), mixed, 3)
    run(build(name, [dict(params=cold[:1]), dict(params=cold[1:])], temperature=0.0), cold, 3)
    assert not torch.equal(mixed[0], cold[0])
    assert torch.equal(mixed[1], cold[1])


@every_optimizer
def test_step_size_and_temperature_are_read_at_each_step(name):
    """Changing a group between steps equals having been built that way, state and stream given."""
    changed, built = weights_of(), weights_of()
    first = build(name, changed)
    run(first, changed, 3)
    second = build(name, built)
    run(second, built, 3)
    third = build(name, built, lr=0.007, temperature=1.3)
    state = copy.deepcopy(second.state_dict())
    for group in state["param_groups"]:
        group.update(lr=0.007, temperature=1.3)
    third.load_state_dict(state)
    for group in first.param_groups:
        group["lr"], group["temperature"] = 0.007, 1.3
    run(first, changed, 3)
    run(third, built, 3)
    assert all(torch.equal(a, b) for a, b in zip(changed, built, strict=True))


@every_optimizer
def test_a_scheduler_of_torch_can_move_the_step(name):
    weights = weights_of()
    optimizer = build(name, weights)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    run(optimizer, weights, 1)
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.015


@every_optimizer
def test_weights_without_a_gradient_stay(name):
    weights = weights_of()
    still = nn.Parameter(torch.ones(3, 2))
    optimizer = build(name, [*weights, still])
    run(optimizer, weights, 2)
    assert torch.equal(still, torch.ones(3, 2))
    assert not any(torch.equal(a, b) for a, b in zip(weights, weights_of(), strict=True))


@every_optimizer
def test_without_a_generator_the_stream_follows_the_global_seed(name):
    def final(seed):
        torch.manual_seed(seed)
        weights = weights_of()
        run(build(name, weights, generator=None), weights, 3)
        return weights[0].detach()

    assert torch.equal(final(3), final(3))
    assert not torch.equal(final(3), final(4))


@every_optimizer
def test_step_returns_the_energy_of_the_closure(name):
    weights = weights_of()
    value = float(energy_of(weights)().detach())
    optimizer = build(name, weights, weight_decay=0.0, lr=0.0)
    assert float(optimizer.step(energy_of(weights)).detach()) == pytest.approx(value, rel=1e-6)


BAD = [
    (dict(lr=-0.1), "lr must be a non-negative number"),
    (dict(lr="fast"), "lr must be a non-negative number"),
    (dict(lr=math.nan), "lr must be a non-negative number"),
    (dict(temperature=-1.0), "temperature must be >= 0"),
    (dict(temperature="hot"), "temperature must be >= 0"),
    (dict(temperature=math.inf), "temperature must be >= 0"),
    (dict(temperature=torch.tensor([0.1, -0.1, 0.1])), "temperature must be"),
    (dict(temperature=torch.tensor([0.1, 0.1])), "2 replicas"),
    (dict(weight_decay=-1.0), "weight_decay must be a non-negative number"),
    (dict(generator=[stream(1), stream(2)]), "2 generators"),
]


@every_optimizer
@pytest.mark.parametrize(("keys", "message"), BAD)
def test_bad_arguments_give_one_line(name, keys, message):
    with pytest.raises(ValueError, match=message) as caught:
        build(name, weights_of(), **keys)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("langevin", dict(scheme="heun")),
        ("langevin", dict(noise="uniform")),
        ("underdamped", dict(mass=0.0)),
        ("underdamped", dict(friction=-1.0)),
        ("preconditioned", dict(alpha=1.5)),
        ("preconditioned", dict(damping=0.0)),
        ("nose_hoover", dict(inertia=0.0)),
        ("nose_hoover", dict(diffusion=-1.0)),
    ],
)
def test_bad_arguments_of_one_scheme(name, keys):
    with pytest.raises(ValueError, match=next(iter(keys))):
        build(name, weights_of(), **keys)


@every_optimizer
def test_a_state_without_generators_is_refused(name):
    weights = weights_of()
    optimizer = build(name, weights)
    state = {key: value for key, value in optimizer.state_dict().items() if key != "generators"}
    with pytest.raises(ValueError, match="0 generators"):
        optimizer.load_state_dict(state)


@pytest.mark.parametrize("name", ["underdamped", "nose_hoover"])
def test_rescaling_momenta_scales_the_kinetic_temperature_by_its_square(name):
    weights = weights_of(torch.float64)
    optimizer = build(name, weights, temperature=torch.tensor([0.1, 0.4, 3.0]))
    with pytest.raises(ValueError, match="before the first step"):
        optimizer.kinetic_temperature()
    run(optimizer, weights, 3, per_replica=True)
    before, factor = optimizer.kinetic_temperature(), torch.tensor([2.0, 1.0, 0.5])
    optimizer.rescale_momenta(factor)
    assert torch.allclose(optimizer.kinetic_temperature(), before * factor.double() ** 2)


def test_mala_needs_a_closure_and_energies_that_fit():
    weights = weights_of()
    optimizer = build("mala", weights)
    with pytest.raises(ValueError, match="closure"):
        optimizer.step(None)
    with pytest.raises(ValueError, match="energies"):
        optimizer.step(lambda: torch.zeros(2))
    with pytest.raises(ValueError, match="before the first step"):
        optimizer.acceptance()


def test_the_metric_cannot_be_frozen_before_a_step_and_stays_frozen_on_resume():
    weights = weights_of()
    optimizer = build("preconditioned", weights)
    with pytest.raises(ValueError, match="after a step"):
        optimizer.freeze()
    run(optimizer, weights, 2)
    optimizer.freeze()
    metric = [optimizer.state[w]["square"].clone() for w in weights]
    other = build("preconditioned", weights)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    run(other, weights, 3)
    assert all(torch.equal(other.state[w]["square"], v) for w, v in zip(weights, metric, strict=True))
