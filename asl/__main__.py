"""`python -m asl`: serve the Step Functions API, or run one definition."""

from asl.cli import app

if __name__ == "__main__":
    app(prog_name="python -m asl")
