"""Restorations that other processes share: graphs of Dask, and clusters."""
