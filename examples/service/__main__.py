"""Run the service: ``python -m examples.service``; ``--help`` shows the options."""

from __future__ import annotations

import argparse

import uvicorn

from examples.service.app import create_app
from examples.service.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(prog='python -m examples.service', description=__doc__)
    parser.add_argument('--host', default='127.0.0.1', help='default: %(default)s')
    parser.add_argument('--port', type=int, default=8080, help='default: %(default)s')
    options = parser.parse_args()
    uvicorn.run(create_app(Settings.from_environment()), host=options.host, port=options.port)


if __name__ == '__main__':
    main()
