"""What `export` writes."""

from dataclasses import dataclass

from colorizer_tf.base.options.fields import check, check_choices, option

EXPORT_FORMATS = ("savedmodel", "onnx", "litert", "web")


@dataclass(frozen=True)
class ExportOptions:
    """Formats, how weights are stored, and the records that formats are compared on."""

    formats: tuple[str, ...] = option(
        ("savedmodel", "onnx"),
        "what to write, of savedmodel, onnx, litert and web; the folder is always a SavedModel",
    )
    weights: str = option(
        "float32",
        "how weights are stored; float16 halves the files, arithmetic stays float32",
        ("float32", "float16"),
    )
    temperature: float | None = option(
        None,
        "the default, in model.json, of a network's distribution over classes of color: 1 gives "
        "its mean color, less a livelier one [the training's]",
    )
    chroma_gain: float = option(
        1.0,
        "factor of the predicted a* and b* of such a network: with the temperature it sets how "
        "calm and how colorful the model is",
    )
    hints: str = option(
        "",
        "features by which colors that a person gives spread, trained for this very network: a "
        "file that training.hints.train wrote",
    )
    litert_sizes: tuple[int, ...] = option(
        (), "sides of the squares that LiteRT files take, in pixels (none: the model's scale)"
    )
    calibrate: str = option(
        "", "record set to compare formats and calibrate int8 on (none: the run's valid records)"
    )
    web_runtime: str = option(
        "", "onnxruntime-web as npm packs it, for the format web: onnxruntime-web-VERSION.tgz"
    )
    overwrite: bool = option(False, "replace a model that is there already")

    def __post_init__(self) -> None:
        check_choices(self)
        known = EXPORT_FORMATS
        fits = known[0] in self.formats and set(self.formats) <= set(known)
        expected = f"{known[0]} and any of {', '.join(known[1:])}"
        check(fits, "formats", ",".join(self.formats) or "none", expected)
        temperature = self.temperature
        fits = temperature is None or 0 < temperature <= 1
        check(fits, "temperature", temperature, "above 0, at most 1")
        check(0.5 <= self.chroma_gain <= 2, "chroma_gain", self.chroma_gain, "0.5 to 2")
        for side in self.litert_sizes:
            check(1 <= side <= 4096, "litert_sizes", side, "1 to 4096")
        for name, format_ in [("litert_sizes", "litert"), ("web_runtime", "web")]:
            value = getattr(self, name)
            check(not value or format_ in self.formats, name, value, f"{format_} in --formats")
