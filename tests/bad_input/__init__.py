"""Bad input through the command line: what is told, what still converts, what adds up.

Each case puts one bad thing beside good pages and rows; `tests.test_bad_input` has all at once.
"""
