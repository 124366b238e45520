"""Apache Spark as an executor: the functions that threads and processes run, on other machines.

Sources, outputs and models lie on storage that all machines see under the same paths; each has
this package and its dependencies in the same versions. The driver lists, plans and merges.
"""

from colorizer_tf.base.execution.spark.executor import SparkExecutor

__all__ = ["SparkExecutor"]
