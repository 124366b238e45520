"""Starting Spark, and its failures as messages for users."""

import concurrent.futures
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Mapping
from typing import Any

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.execution.spark.bundles import BundleResult

_INSTALL = 'pip install "colorizer-tf[spark]"'
_JAVA = "Spark 4 needs Java 17 or newer (Debian, Ubuntu: apt install openjdk-17-jre-headless)"


def check_installed() -> None:
    """Refuse where pyspark or Java is missing.

    Raises:
        ColorizerError: if one is; says how to get it.
    """
    if not importlib.util.find_spec("pyspark"):
        raise ColorizerError(f"--engine spark needs pyspark: {_INSTALL}")
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=f"{home}/bin" if home else None):
        where = f" in JAVA_HOME={home}" if home else ""
        raise ColorizerError(f"--engine spark found no Java{where}: {_JAVA}")


def start(master: str | None, settings: Mapping[str, str]) -> Any:
    """A SparkContext.

    Raises:
        ColorizerError: if Spark does not start.
    """
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException

    # Executors would take any python3: it is this one, at the same path on every machine.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf().setAppName("colorizer-tf").setAll(list(settings.items()))
    conf.set("spark.ui.showConsoleProgress", "false")
    if master:
        conf.setMaster(master)
    try:
        return SparkContext(conf=conf)
    except PySparkException as error:  # its gateway, a Java program, ended at once
        raise ColorizerError(f"Spark does not start: {_JAVA}; its own messages stand above") from (
            error
        )
    except Py4JError as error:
        raise ColorizerError(
            f"Spark does not start: {_cause(str(error))}; is {master or 'the master'} right?"
        ) from error


def results_of(future: "concurrent.futures.Future[list[Any]]") -> list[BundleResult]:
    """The results of a Spark job, one a bundle.

    Raises:
        ColorizerError: if a task did, or if Spark gave up.
    """
    from py4j.protocol import Py4JError

    try:
        results = future.result()
    except (Py4JError, OSError) as error:
        again = "run the same command again, it goes on where it stopped"
        if re.search("stopped SparkContext|SparkContext has been shut ?down", str(error)):
            raise ColorizerError(
                f"Spark ended: its master does not answer (is --master right?), or went; {again}"
            ) from error
        raise ColorizerError(f"Spark gave up: {_cause(str(error))}; {again}") from error
    for result in results:
        if isinstance(result, ColorizerError):
            raise result
    return results


def _cause(text: str) -> str:
    """The cause in the pages of a Java exception, with the last line of Python's traceback."""
    lines = text.partition("Driver stacktrace:")[0].splitlines()
    told = [
        line.strip() for line in lines if line and not line.startswith((" ", "\t", "Traceback"))
    ]
    first = next((line for line in told if line.startswith(": ")), told[0] if told else "").strip(
        ": "
    )
    last = told[-1] if told and "Traceback" in text else ""
    return f"{first} {last}".strip()
