"""`python -m pillarbox`."""

from pillarbox.cli.main import main

if __name__ == "__main__":
    main()
