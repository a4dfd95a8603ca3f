"""`python -m docproc` is the command `docproc`."""

from docproc.cli import main

if __name__ == "__main__":
    main()
