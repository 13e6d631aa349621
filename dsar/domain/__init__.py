"""Decisions as functions of data and `now`: the case, the clock, routing, proof, history. No I/O."""
