# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the conformance material is: PECCARY_CONFORMANCE, or shared/conformance beside the repository; of a worktree of it, beside that whose worktree it is."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def repository():
    try:
        with open(os.path.join(ROOT, ".git"), encoding="utf-8") as f:  # "gitdir: REPOSITORY/.git/worktrees/NAME"; else a folder
            link = f.read().strip().partition(": ")[2]
    except OSError:
        return ROOT
    main, found, _ = os.path.join(ROOT, link).partition("/.git/worktrees/")
    return main if found else ROOT


MATERIAL = os.environ.get("PECCARY_CONFORMANCE") or os.path.join(repository(), "..", "shared", "conformance")
