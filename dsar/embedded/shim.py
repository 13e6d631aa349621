"""Become the unprivileged account, tie one's life to the parent's, then become the program.

Run as a script: `python -I -S shim.py PARENT UID GID DEATH_SIGNAL PROGRAM ARGUMENT…`. A script and not a
`preexec_fn`, because `revive` forks a process that has threads by then, where Python code between fork and
exec can deadlock (and warns from 3.12 on). Not `Popen(user=…)` either: the interpreter may lie where the
account cannot read it, so the ids change here, just before the exec. Standard library only.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
EXIT_CANNOT_EXECUTE = 126


def main(argv: list[str]) -> None:
    parent, uid, gid, death_signal = map(int, argv[:4])
    program = argv[4:]
    # Python and ctypes are loaded by now: nothing is read from their folders after the ids change.
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    # A background shell hands down SIGINT ignored; exec would keep it so.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o077)
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the ids: the kernel forgets the death signal when they change.
    if libc is not None and libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before the kernel knew that we care
        return
    os.execv(program[0], program)  # noqa: S606 - a path of the wheel, no shell


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"FATAL:  cannot run {sys.argv[5]} as uid {sys.argv[2]}: {error}\n")
        sys.exit(EXIT_CANNOT_EXECUTE)
