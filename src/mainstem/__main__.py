"""`python -m mainstem`: the same as the command `mainstem`."""

from mainstem.entrypoints.cli import main

if __name__ == "__main__":
    main()
