"""The planner: what it changes, what it leaves, and that answers stay the same."""
