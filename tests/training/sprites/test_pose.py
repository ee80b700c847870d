"""Skeletons of sprites."""

from __future__ import annotations

import numpy as np
from randomness import rng

from napari_flowprior.training.sprites._pose import draw_pose


def test_bones_keep_their_lengths():
    for seed in range(50):
        pose = draw_pose(rng(seed))
        for limbs in (pose.arms, pose.legs):
            bones = [
                np.subtract(*pair)
                for limb in limbs
                for pair in ((limb.root, limb.joint), (limb.joint, limb.tip))
            ]
            lengths = np.linalg.norm(bones, axis=1)
            np.testing.assert_allclose(lengths, lengths[0])
