"""Files shipped with napari-flowprior: priors, training recipes, samples, icon."""
