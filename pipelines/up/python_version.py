"""Says in a sentence when this Python cannot run choucha; a script that any Python 3 understands.

`make run` executes it before anything is installed, so it imports nothing of the project.
"""

import sys

OLDEST = (3, 11)
TOO_NEW = (3, 15)


def problem(version: "tuple[int, ...]") -> str:
    """What is wrong with this Python version, a line in each language; an empty text when nothing is."""
    if OLDEST <= version[:2] < TOO_NEW:
        return ""
    found = f"{version[0]}.{version[1]}"
    return (
        f"Python {found} 不能运行 choucha：请安装 Python 3.11 至 3.14，用它重建环境，例如 make run PYTHON=python3.12\n"
        f"Python {found} cannot run choucha: install Python 3.11 to 3.14 and use it, e.g. make run PYTHON=python3.12"
    )


if __name__ == "__main__":
    PROBLEM = problem(tuple(sys.version_info[:2]))
    if PROBLEM:
        sys.stderr.write(PROBLEM + "\n")
        sys.exit(2)
