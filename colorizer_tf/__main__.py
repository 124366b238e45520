"""`python -m colorizer_tf`: the same as `colorizer-tf`."""

import sys

from colorizer_tf.cli.main import main

sys.exit(main())
