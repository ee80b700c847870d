"""Settings of Sphinx; `tox run -e docs` builds the site, without a network."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
from rooms import from_above, sections

project = "napari-flowprior"
author = "napari-flowprior developers"
project_copyright = f"2026, {author}"
version = release = installed(project)
REPOSITORY = "https://github.com/napari-flowprior/napari-flowprior"

extensions = [
    "myst_parser",
    "numpydoc",
    "option_tables",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
# The cache need not hold the functions that sort the API reference.
suppress_warnings = ["config.cache"]
default_role = "py:obj"

# --- pages in Markdown

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# --- the API reference

autosummary_context = {"from_above": from_above, "sections": sections}
autosummary_generate_overwrite = True
autosummary_imported_members = True
autodoc_typehints = "none"  # numpydoc has the types of all parameters
numpydoc_show_class_members = False

# --- the gallery

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"__init__\.py",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    # These pages would load scripts from other sites.
    "write_computation_times": False,
    "show_signature": False,
    "subsection_order": [
        f"../examples/{topic}"
        for topic in (
            *("first_steps", "degradations", "uncertainty", "priors"),
            *("in_napari", "extending"),
        )
    ],
    "within_subsection_order": "FileNameSortKey",
}

# --- looks

ICON = "../resources/icon.svg"
html_theme = "pydata_sphinx_theme"
html_title = project
html_favicon = "../resources/icon.png"
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": project, "image_light": ICON, "image_dark": ICON},
    "github_url": REPOSITORY,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
