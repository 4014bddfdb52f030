"""Prints what inflating a gzip file takes, in CPU seconds: the median of some runs in memory.

    python3 inflate.py FILE RUNS

It is measured with libdeflate, the fastest that there is, which must be installed.
"""

import ctypes
import ctypes.util
import statistics
import sys
import time

data = open(sys.argv[1], "rb").read()
size = int.from_bytes(data[-4:], "little")
library = ctypes.util.find_library("deflate")
if library is None:
    sys.exit("libdeflate is not installed; its package is libdeflate0 on Debian")
deflate = ctypes.CDLL(library)
deflate.libdeflate_alloc_decompressor.restype = ctypes.c_void_p
inflate = deflate.libdeflate_gzip_decompress
inflate.argtypes = [
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.c_void_p,
]
state = deflate.libdeflate_alloc_decompressor()
out = ctypes.create_string_buffer(size)
seconds = []
for _ in range(int(sys.argv[2]) + 1):
    start = time.process_time()
    if inflate(state, data, len(data), out, size, None) != 0:
        sys.exit("libdeflate refuses the file")
    seconds.append(time.process_time() - start)
# The first run is the one that gets the memory.
print(statistics.median(seconds[1:]))
