"""`python -m local` is `baton`."""

from local.cli import main

if __name__ == "__main__":
    main()
