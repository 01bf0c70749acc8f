"""Fetching TFLink's files, from a real server that misbehaves in every way we could think of.

Whatever happens, a file has its name only if it is, byte for byte, what the server has.
"""
