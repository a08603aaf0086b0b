"""Runs a program at a terminal of its own and types answers to its questions.

    at_terminal.py PROGRAM ARGUMENT...      on stdin, a line each: question, tab, answer

Prints what the screen showed and ends as the program does; 99 if a question does not come. A secret is typed
only once the terminal no longer shows what is typed, as people do who wait for the question.
"""

import os
import pty
import select
import sys
import termios
import time

PATIENCE_SECONDS = 60
ECHO = termios.ECHO


def is_unseen(terminal):
    """Whether the terminal does not show what is typed."""
    return not termios.tcgetattr(terminal)[3] & ECHO


def main():
    """Plays the person."""
    answers = [line.split("\t") for line in sys.stdin.read().splitlines()]
    program, terminal = pty.fork()
    if program == 0:
        os.execv(sys.argv[1], sys.argv[1:])
    screen, read_to, end = b"", 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if answers and answers[0][0].encode() in screen[read_to:] and is_unseen(terminal):
            os.write(terminal, answers.pop(0)[1].encode() + b"\n")
            read_to = len(screen)
        if not select.select([terminal], [], [], 0.005)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # The program has closed the terminal.
            piece = b""
        if not piece:
            sys.stdout.buffer.write(screen)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(program, 0)[1]))
        screen += piece
    sys.stdout.buffer.write(screen)
    sys.exit(99)


main()
