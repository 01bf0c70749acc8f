"""Tests of the documentation: its commands and snippets, its reference, and its pages."""
