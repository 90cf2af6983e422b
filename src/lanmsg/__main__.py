"""`python -m lanmsg`."""

from lanmsg.cli.main import main

if __name__ == "__main__":
    main()
