"""Run SDM-RDFizer: ``python with_sdm_rdfizer.py SETTINGS LOG``, in its environment.

Its own command writes its log into the current folder, wherever that is.
"""

import sys

from rdfizer import semantify  # type: ignore[import-not-found]

if __name__ == "__main__":
    semantify(sys.argv[1], sys.argv[2])
