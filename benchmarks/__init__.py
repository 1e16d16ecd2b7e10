"""Measurements of the project: accuracy beside opponents, a public set, the learning curve."""
