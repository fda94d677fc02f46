"""Tests, a folder per package. (A package of its own name, so no installed ``tests`` package can take its place.)"""
