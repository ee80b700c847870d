"""One and two workers of a cluster on this machine, a core and a thread each.

Run as ``python benchmarks/workers.py --size 1024 --repeats 3``, on a machine of two
cores at least. Some machines call the two threads of one core two processors, and
others are busy. So the same is measured of two processes that do nothing but
convolutions: what they gain over one is the most that two workers can. The processor
time that workers take tells the rest: how much more two of them compute, and how evenly
they share it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from _timing import times
from distributed import Client, LocalCluster
from torch.nn.functional import conv2d

from napari_flowprior import iter_restore
from napari_flowprior.restoration import Noise

CHANNELS, SIDE, ROUNDS = 64, 128, 60


def convolve(core: int, barrier: Any, seconds: Any) -> None:
    """Time convolutions on one core, begun together with those of others."""
    pin(core)
    x = torch.rand(1, CHANNELS, SIDE, SIDE).to(memory_format=torch.channels_last)
    weight = torch.rand(CHANNELS, CHANNELS, 3, 3)
    weight = weight.to(memory_format=torch.channels_last)
    with torch.no_grad():
        conv2d(x, weight, padding=1)
        barrier.wait()
        start = perf_counter()
        for _ in range(ROUNDS):
            conv2d(x, weight, padding=1)
    seconds.put(perf_counter() - start)


def pin(core: int) -> None:
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def convolutions(workers: int, repeats: int) -> float:
    """Return the least seconds that each of some processes needs for the same work."""
    context = multiprocessing.get_context("spawn")
    least = []
    for _ in range(repeats):
        barrier, seconds = context.Barrier(workers), context.Queue()
        processes = [
            context.Process(target=convolve, args=(core, barrier, seconds))
            for core in range(workers)
        ]
        for process in processes:
            process.start()
        least.append(max(seconds.get() for _ in processes))
        for process in processes:
            process.join()
    return min(least)


def restorations(
    workers: int, image: np.ndarray, options: argparse.Namespace
) -> tuple[float, np.ndarray]:
    """Restore by a cluster; return the least seconds, and those of each processor."""
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        for core, worker in enumerate(client.nthreads()):
            client.run(pin, core, workers=[worker])
        address = cluster.scheduler_address
        chosen = {"prior": options.prior, "degradation": Noise(sigma=25)}

        def work() -> None:
            _ = iter_restore(image, device=address, **chosen).result

        work()
        before = spent(client)
        taken = times(work, options.repeats)
        return min(taken), (spent(client) - before) / (options.repeats + 1)


def spent(client: Client) -> np.ndarray:
    """Return the processor time of each worker until now."""
    return np.array(list(client.run(process_time).values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    # The main process reads, and puts together what comes back.
    torch.set_num_threads(1)
    noise = np.random.default_rng(0).normal(128, 25, (options.size, options.size))
    image = noise.clip(0, 255).astype(np.uint8)
    bare = [convolutions(n, options.repeats) for n in (1, 2)]
    print(f"convolutions: {2 * bare[0] / bare[1]:.2f} times as many with two processes")
    found = [restorations(n, image, options) for n in (1, 2)]
    for number, (seconds, each) in enumerate(found, 1):
        shares = " and ".join(f"{share:.2f}" for share in each)
        print(f"{number} workers: {seconds:.2f} s; {shares} s of processor time")
    (alone, one), (together, two) = found
    print(f"restoration: {alone / together:.2f} times as fast with two workers")
    print(f"by their processor time {one.sum() / two.max():.2f} times")


if __name__ == "__main__":
    main()
