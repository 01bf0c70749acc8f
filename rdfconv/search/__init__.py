"""The index of names that a release is searched by: written by the build, read by the server."""
