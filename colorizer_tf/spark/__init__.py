"""The same work over many machines: Apache Spark maps the functions that processes here map too.

Sources, outputs and models lie on storage that all machines see under the same paths; each has
this package and its dependencies in the same versions. The driver lists, plans and merges.
"""

from colorizer_tf.spark.engine import SparkEngine
from colorizer_tf.spark.jobs import SparkPool, SparkTeam

__all__ = ["SparkEngine", "SparkPool", "SparkTeam"]
