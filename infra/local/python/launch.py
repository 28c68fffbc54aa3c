"""Starts ministack, the local AWS, with what `cargo local` needs of it and ministack has no setting for.

Environment: FUNCTION_LOG_DIR, a folder; the rest is ministack's own. Standard input: a pipe that whoever starts
this keeps open; at its end, however the starter ended, ministack saves its state and stops.
"""

import os
import signal
import socketserver
import sys
import threading
from pathlib import Path

LOG_DIR = Path(os.environ.pop("FUNCTION_LOG_DIR"))


class Tee:
    """A function's output, copied to a file while ministack reads it."""

    def __init__(self, stream, file):
        self._stream, self._file = stream, file

    def readline(self):
        line = self._stream.readline()
        self._file.write(line)
        return line

    def close(self):
        self._stream.close()


def copy_function_output_to_files():
    """ministack keeps output in memory and shows it after an invocation; a file can be followed, and stays."""
    from ministack.core.lambda_runtime import ProvidedWorker

    drain = ProvidedWorker._pump_output

    def drain_and_copy(self, stream, log_queue):
        with open(LOG_DIR / f"{self.func_name}.log", "ab", buffering=0) as file:
            drain(self, Tee(stream, file), log_queue)

    ProvidedWorker._pump_output = drain_and_copy


def stop_at_end_of_input():
    def wait():
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def end_functions():
    """ministack leaves its functions' processes behind; they share our process group, if we lead one."""
    if os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


def main():
    # Its runtime API answers in two small writes; together with delayed acknowledgements that costs 40 ms a call.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    copy_function_output_to_files()
    stop_at_end_of_input()

    from ministack import app

    sys.argv = ["ministack"]
    try:
        app.main()
    finally:
        end_functions()


if __name__ == "__main__":
    main()
