"""Settings of Sphinx."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The reference is made from the sources beside it, whatever else is installed.
sys.path.insert(0, str(ROOT))

project = 'dynamongo'
author = 'the dynamongo authors'
project_copyright = author
release = re.search(
    r"'([^']+)'", (ROOT / 'dynamongo' / '_version.py').read_text(encoding='utf-8')
).group(1)
version = '.'.join(release.split('.')[:2])

extensions = ['sphinx.ext.autodoc']
exclude_patterns = ['_build']
highlight_language = 'python'

autodoc_default_options = {'member-order': 'bysource'}
autodoc_preserve_defaults = True
add_module_names = False
python_display_short_literal_types = True
# The docstrings say what types are, in words that link.
autodoc_typehints = 'none'

# Without an inventory, nothing outside this project can be linked to.
nitpicky = True
nitpick_ignore_regex = [
    (r'py:.*', r'(boto3|botocore|schematics|datetime|decimal|enum|uuid)\..*'),
    # Mechanism, which the docstrings name for those who read the sources.
    (r'py:.*', r'dynamongo\._.*'),
]

html_theme = 'furo'
html_title = f'dynamongo {release}'
html_static_path = ['_static']
html_css_files = ['dynamongo.css']
html_copy_source = False
html_show_sourcelink = False
html_search_scorer = str(ROOT / 'docs' / 'scorer.js')
html_theme_options = {
    'light_css_variables': {
        # The list of pages is long.
        'sidebar-item-spacing-vertical': '0.3rem',
        'sidebar-caption-space-above': '0.6rem',
        'color-brand-primary': '#1f5f8b',
        'color-brand-content': '#1f5f8b',
    },
    'dark_css_variables': {
        'color-brand-primary': '#7db8de',
        'color-brand-content': '#7db8de',
    },
}
