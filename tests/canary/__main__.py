"""Search files and folders for numbers of documents, by hand or from a script: `python -m tests.canary var`."""

import argparse
import sys
from pathlib import Path

from tests.canary.documents import DOCUMENTS, WINDOW, Document
from tests.canary.search import Sighting
from tests.canary.tree import search_tree

_EPILOG = """examples:
  python -m tests.canary var                      for the canary's own numbers, as `make test` does
  python -m tests.canary var --except var/network
  echo 11223344595 | python -m tests.canary var/asterisk/log --stdin     for a number of your own; it is not printed

Prints where a number was found and in which form, never the number. Exit code: 0 nothing found, 1 found, 2 a mistake.
"""


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.canary", description=__doc__, epilog=_EPILOG, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("path", type=Path, nargs="+", help="file or folder")
    parser.add_argument("--stdin", action="store_true", help="numbers from the input, one a line, not the canary's")
    parser.add_argument("--except", type=Path, action="append", default=[], dest="left_out", help="not this folder")
    args = parser.parse_args(words)
    documents = [_of(line) for line in sys.stdin if line.strip()] if args.stdin else list(DOCUMENTS)
    if short := [document for document in documents if len(document.digits) < WINDOW]:
        parser.error(f"{len(short)} number(s) of less than {WINDOW} digits would be found everywhere")
    for path in args.path:
        if not path.exists():
            parser.error(f"{path}: is not there")
    found: set[Sighting] = set()
    for path in args.path:
        found |= search_tree(path, documents, args.left_out)
    for seen in sorted(found):
        print(seen)
    print(f"{len(found)} sightings of {len(documents)} numbers", file=sys.stderr)
    return 1 if found else 0


def _of(line: str) -> Document:
    return Document("number", "".join(filter(str.isdigit, line)), ())


if __name__ == "__main__":
    sys.exit(main())
