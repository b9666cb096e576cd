"""The process that one phase runs in: `python -m bench.worker MODULE:FUNCTION ARGUMENTS FILE`.

Reads the arguments as JSON and leaves what the function returns in FILE.
"""

import json
import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Run the function that the command line names."""
    name, arguments, file = sys.argv[1:]
    module, _, function = name.partition(":")
    results = getattr(import_module(module), function)(**json.loads(arguments))
    Path(file).write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main()
