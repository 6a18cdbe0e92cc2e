"""Plausibility: what looks wrong about a fact that is stored all the same.

A rule is written once and used in three places: at intake as a warning, on the candidate as an alert, over the
whole log in ``snagc quality``. ``registry`` lists them all. No rule ever changes a score.
"""
