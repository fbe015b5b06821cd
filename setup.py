"""Packaging of dynamongo; the tools' settings are in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
DOCUMENTATION = 'http://dynamongo.readthedocs.io/'

#: The oldest and the newest boto3 that the tests are run with. botocore comes with it: 1.31.0 and
#: 1.44.5. Newer ones are let in; see "Botocore" in CONTRIBUTING.rst for what happens if their
#: events change.
OLDEST_BOTO3, NEWEST_BOTO3 = '1.28.0', '1.44.5'

MOTO = 'moto[dynamodb,server]>=5.0.23'

TEST = [
    MOTO,
    # What the recipes and the example service are made with.
    'fastapi>=0.110',
    'flask>=2.3',
    'httpx>=0.25',
    'hypothesis>=6.80',
    'pytest>=7.4',
    'pytest-cov>=4.1',
    'pytest-xdist>=3.5',
    'uvicorn>=0.29',
]

DOCS = [
    'furo>=2024.1.29',
    'sphinx>=7.2',
]

#: What checks the sources; tox.ini and .pre-commit-config.yaml name the same releases. All releases
#: of pyright are called 1.1.something, and each finds what the one before didn't.
TOOLS = [
    'mypy~=2.4.0; python_version >= "3.10"',
    'pre-commit>=3.5',
    'pyright==1.1.414',
    'ruff~=0.17.0',
    'tox>=4.11',
]


def read(name):
    return (HERE / name).read_text(encoding='utf-8')


def version():
    # Read, not imported: importing the package would need its dependencies at build time.
    source = read('dynamongo/_version.py')
    match = re.search(r"""^__version__ = ['"]([^'"]+)['"]$""", source, re.MULTILINE)
    if match is None:
        raise RuntimeError('dynamongo/_version.py holds no line "__version__ = ..."')
    return match.group(1)


setup(
    name='dynamongo',
    version=version(),
    description='An object mapper for Amazon DynamoDB, in the manner of pymongo',
    long_description=read('README.rst'),
    long_description_content_type='text/x-rst',
    author='the dynamongo authors',
    license='MIT',
    url=DOCUMENTATION,
    project_urls={'Documentation': DOCUMENTATION},
    packages=find_packages(include=['dynamongo', 'dynamongo.*']),
    py_modules=['dynamongo_pytest'],
    entry_points={'pytest11': ['dynamongo = dynamongo_pytest']},
    package_data={'dynamongo': ['py.typed']},
    python_requires='>=3.9',
    install_requires=[
        f'boto3>={OLDEST_BOTO3}',
        'schematics>=2.1.1,<3',
    ],
    extras_require={
        'local': [MOTO],
        'test': TEST,
        'docs': DOCS,
        'dev': [*TEST, *DOCS, *TOOLS],
    },
    zip_safe=False,
    keywords='aws dynamodb object mapper orm odm validation',
    classifiers=[
        'Development Status :: 4 - Beta',
        'Intended Audience :: Developers',
        'Operating System :: OS Independent',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3 :: Only',
        'Programming Language :: Python :: 3.9',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Topic :: Database :: Front-Ends',
        'Topic :: Software Development :: Libraries :: Python Modules',
        'Typing :: Typed',
    ],
)
