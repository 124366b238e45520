"""Tasks in, results out: one interface for threads, processes and Apache Spark."""

from colorizer_tf.base.execution.executor import Executor
from colorizer_tf.base.execution.processes import ProcessExecutor
from colorizer_tf.base.execution.threads import ThreadExecutor

__all__ = ["Executor", "ProcessExecutor", "ThreadExecutor"]
