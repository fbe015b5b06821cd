"""Install a built wheel into a new environment and import all of it there.

``python tests/check_wheel.py DIST``, where DIST is the folder that holds the one wheel.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

IMPORT_EVERY_MODULE = """
import importlib, pkgutil, sys
import dynamongo

assert dynamongo.__file__.startswith(sys.prefix), dynamongo.__file__
names = [module.name for module in pkgutil.walk_packages(dynamongo.__path__, 'dynamongo.')]
for name in names:
    importlib.import_module(name)
print(f'dynamongo {dynamongo.__version__}: imported the package and its {len(names)} modules')
"""


def main(dist):
    (wheel,) = Path(dist).resolve().glob('*.whl')
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / 'environment'
        venv.create(environment, with_pip=True)
        scripts = 'Scripts' if sys.platform == 'win32' else 'bin'
        python = environment / scripts / 'python'
        # Outside the checkout, so that only the wheel can answer the imports.
        for arguments in (
            ['-m', 'pip', 'install', '--quiet', str(wheel)],
            ['-c', IMPORT_EVERY_MODULE],
        ):
            subprocess.run([python, *arguments], cwd=folder, stdin=subprocess.DEVNULL, check=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
