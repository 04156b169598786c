"""The dyad model in JAX: whole arrays, a scan over sessions, jit."""
# ruff: noqa: D103

from functools import partial

import jax
import jax.numpy as jnp
from serve import SESSIONS, serve


def session(state, key):
    skill, bond, severity, ruptures, here = state
    z = jax.random.normal(key[0], (2, *bond.shape))
    u = jax.random.uniform(key[1], (2, *bond.shape))
    delivered = jnp.clip(skill + 0.1 * z[0], 0.0, 1.0)
    grown = bond + 0.25 * (delivered - bond)
    torn = u[0] < jax.nn.sigmoid(-2.0 + 3.0 * (1.0 - delivered))
    grown = jnp.where(torn, 0.85 * grown, grown)
    target = 1.0 - 0.6 * grown
    moved = target + (severity - target) * jnp.exp(-0.2) + 0.05 * z[1]
    leaves = u[1] < jax.nn.sigmoid(-3.0 - 3.0 * (grown - 0.5))
    after = (jnp.where(here, grown, bond), jnp.where(here, moved, severity), ruptures + (here & torn), here & ~leaves)
    return (skill, *after), None


@partial(jax.jit, static_argnums=0)
def simulate(patients, key):
    one, two, many = jax.random.split(key, 3)
    skill = jnp.clip(0.6 + 0.15 * jax.random.normal(one, patients), 0.0, 1.0)
    severity = 1.0 + 0.2 * jax.random.normal(two, patients)
    state = (skill, jnp.full(patients, 0.5), severity, jnp.zeros(patients, int), jnp.ones(patients, bool))
    state, _ = jax.lax.scan(session, state, jax.random.split(many, (SESSIONS, 2)))
    return jnp.stack([jnp.mean(value) for value in (state[2], state[1], state[3], state[4])])


def world(patients, seed):
    means = simulate((patients,), jax.random.key(seed)).tolist()
    return dict(zip(("severity", "bond", "ruptures", "here"), means, strict=True))


serve(world)
