"""Picklable tasks in, their results out: Apache Spark maps the functions that processes map too.

Sources, outputs and models lie on storage that all machines see under the same paths; each has
this package and its dependencies in the same versions. The driver lists, plans and merges.
"""

from colorizer_tf.base.execution.spark.engine import SparkEngine

__all__ = ["SparkEngine"]
