"""Moments in RFC 3339, UTC, one spelling. Section "time" of the document.

    2026-11-22T03:37:18.25Z  ->  (1795318638, 250000000)

The calendar is computed by hand because the range goes below the year 1.
"""

import re
from typing import NamedTuple

SPELLING = re.compile(
    r"(-[0-9]{6}|[0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{0,8}[1-9]))?Z"
)
DAYS_BEFORE_1970 = 719_468  # Days from 0000-03-01 to 1970-01-01.


class Moment(NamedTuple):
    """Seconds since 1970, rounded down, and the nanoseconds behind them."""

    seconds: int
    nanos: int


def parse(text):
    """Reads a moment. Raises ValueError on another spelling or a moment out of range."""
    found = SPELLING.fullmatch(text)
    if not found:
        raise ValueError("not a time as 2026-11-22T03:37:18Z")
    year, month, day, hour, minute, second = (int(group) for group in found.groups()[:6])
    if found[1] == "-000000":
        raise ValueError("the year 0 has no sign")
    if not 1 <= month <= 12 or not 1 <= day <= days_of(year, month):
        raise ValueError("a day that does not exist")
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("a time of day that does not exist")
    seconds = day_number(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    moment = Moment(seconds, int((found[7] or "").ljust(9, "0")))
    if not FIRST <= moment <= LAST:
        raise ValueError("a time out of range")
    return moment


def days_of(year, month):
    """Days of a month of the Gregorian calendar, which is extended into the past."""
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def day_number(year, month, day):
    """Days since 1970-01-01. Years are counted from March, so that a leap day comes last."""
    if month <= 2:
        year -= 1
    months_since_march = (month - 3) % 12
    days_since_march = (153 * months_since_march + 2) // 5 + day - 1
    leap_days = year // 4 - year // 100 + year // 400
    return 365 * year + leap_days + days_since_march - DAYS_BEFORE_1970


FIRST = Moment(day_number(-9999, 1, 2) * 86_400 + 7_199, 0)
LAST = Moment(day_number(9999, 12, 30) * 86_400 + 79_200, 999_999_999)
