"""Many clients at once against a running server: ``make load`` tells how it stands it."""
