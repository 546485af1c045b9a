"""The commands of the package: `python -m rlcourse doctor` and `python -m rlcourse notebooks`."""

from __future__ import annotations  # an older Python must get as far as the doctor

import argparse
import sys


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m rlcourse")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("doctor", help="check this computer, and say how to repair what is broken")
    notebooks = commands.add_parser("notebooks", help="execute notebooks and clean them, in place")
    notebooks.add_argument("paths", nargs="*", help="which ones (default: all of notebooks/)")
    notebooks.add_argument(
        "--run-skipped", action="store_true", help="run the cells too that need more than the course installs, or long"
    )
    options = parser.parse_args(argv)

    # Imported late: the doctor must run where everything else is broken.
    if options.command == "doctor":
        from rlcourse import doctor

        return doctor.main()
    if options.command == "notebooks":
        from rlcourse.notebook import build

        return build.main(options.paths, run_skipped=options.run_skipped)
    parser.print_help()
    return 0


if __name__ == "__main__":
    sys.exit(main())
