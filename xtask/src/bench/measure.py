"""Runs a command once and prints what it took, as one JSON object.

    python3 measure.py OUTPUT COMMAND ARGUMENT...

The standard output goes to the file OUTPUT, the standard error to OUTPUT.err. CPU time is that of
the process and of all children it waited for; `memory` is the peak of the process alone where the
system tells (Linux), else that of the largest of them, in bytes.
"""

import json
import os
import subprocess
import sys
import threading
import time


def watch_peak(pid, peak, ended):
    """The kernel's own high-water mark; it only rises, so a coarse poll misses little."""
    while not ended.wait(0.005):
        try:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                for line in status:
                    if line.startswith("VmHWM:"):
                        peak[0] = max(peak[0], int(line.split()[1]) * 1024)
        except OSError:
            return


def main():
    output, command = sys.argv[1], sys.argv[2:]
    peak, ended = [0], threading.Event()
    with open(output, "wb") as out, open(output + ".err", "wb") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        watcher = threading.Thread(target=watch_peak, args=(process.pid, peak, ended))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watcher.join()
    json.dump(
        {
            "code": process.returncode,
            "wall": wall,
            "cpu": usage.ru_utime + usage.ru_stime,
            "memory": peak[0] or usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        },
        sys.stdout,
    )


main()
