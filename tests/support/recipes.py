"""A recipe for a flow that trains within a second."""

TINY = """
title = "tiny"
source = "images"
[flow]
channels = 1
levels = 2
steps = 1
hidden = 6
activation = "silu"
noise_conditional = true
[patches]
size = 16
[train]
steps = 8
batch_size = 4
learning_rate = 1e-2
precision = "float32"
validate_every = 4
[[train.losses]]
name = "likelihood"
[[train.losses]]
name = "score"
"""
