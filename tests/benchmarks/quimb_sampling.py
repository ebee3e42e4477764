"""quimb's exact sampler on a random state of 64 sites and bond 32: run it where quimb is installed, not here."""

import time

import quimb
import quimb.tensor

state = quimb.tensor.MPS_rand_state(64, bond_dim=32, seed=0)
state.canonicalize_(0)
for count in (10, 100):
    begun, cpu = time.perf_counter(), time.process_time()
    for _ in state.sample(count, seed=1):
        pass
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(f"quimb {quimb.__version__}: {count} samples in {wall:.2f} s by the clock, {cpu:.2f} s of CPU")
