"""`python -m wansync` is `wansync`."""

from wansync.cli import main

if __name__ == "__main__":
    main()
