"""The arithmetic of the oracle: 50 decimal digits, in a context of its own."""

from mpmath import MPContext

mp = MPContext()
mp.dps = 50
