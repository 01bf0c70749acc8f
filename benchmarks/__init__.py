"""The comparisons and the data they run on; anyone can run them (see README.md here)."""
