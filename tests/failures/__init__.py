"""What goes wrong around a run: full disks, interrupts, killed processes, two builds at once.

Everything is real: file systems of limited size, signals, processes. A limited file system is a
tmpfs that the test mounts, which needs root; without it, run the tests in a namespace of their
own: ``unshare --user --map-root-user --mount .venv/bin/pytest tests/failures``.
"""
