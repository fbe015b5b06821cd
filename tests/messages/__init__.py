"""Errors that users provoke, by theme: each module has the cases of one theme."""
