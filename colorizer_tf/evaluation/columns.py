"""The measures of a report, and the scores of each photo that they are computed from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A column of the report.

    Attributes:
        name: its key; the same string as in training logs where it means the same.
        label: its heading.
        unit: of the figure, or "".
        better: "lower", "higher", "one" (a ratio), "zero" (a difference), or "" if neither is.
        decimals: number of decimals to print.
        text: its definition in a sentence.
    """

    name: str
    label: str
    unit: str
    better: str
    decimals: int
    text: str


MEASURES = (
    Measure("delta_e", "CIEDE2000", "", "lower", 2, "Mean color difference over the pixels."),
    Measure(
        "delta_e_p90", "CIEDE2000 p90", "", "lower", 2, "90th percentile over a photo's pixels."
    ),
    Measure(
        "delta_e_over_gray", "CIEDE2000 / gray's", "", "lower", 3,
        "Mean CIEDE2000 over that of plain gray.",
    ),
    Measure("psnr", "PSNR", "dB", "higher", 2, "Peak signal-to-noise ratio of sRGB codes."),
    Measure(
        "psnr_over_gray", "PSNR - gray's", "dB", "higher", 2, "Mean PSNR less that of plain gray."
    ),
    Measure("psnr_ab", "PSNR ab", "dB", "higher", 2, "The same of a* and b*, peak 255."),
    Measure("ssim", "SSIM", "", "higher", 4, "Structural similarity, mean of R, G and B."),
    Measure(
        "better_than_gray", "better than gray", "", "higher", 3,
        "Share of the photos whose CIEDE2000 is lower than that of plain gray.",
    ),
    Measure("chroma_error", "chroma error", "", "lower", 2, "Mean difference of chroma C*."),
    Measure(
        "hue_error", "hue error", "°", "lower", 1,
        "Mean hue angle between picture and photo, weighted by the chroma of both.",
    ),
    Measure("chroma", "chroma", "", "", 2, "Mean chroma C* of the pictures."),
    Measure(
        "colorfulness", "colorfulness", "", "", 2, "Hasler and Süsstrunk's, signed opponents."
    ),
    Measure(
        "colorfulness_ratio", "colorfulness ratio", "", "one", 3, "Over that of the true photos."
    ),
    Measure(
        "colorfulness_difference", "colorfulness difference", "", "zero", 2,
        "Less that of the true photos.",
    ),
    Measure(
        "colorfulness_absolute", "colorfulness (absolute)", "", "", 2,
        "The variant with absolute opponents that many implementations have.",
    ),
    Measure(
        "colorfulness_absolute_ratio", "colorfulness ratio (absolute)", "", "one", 3,
        "Over that of the true photos.",
    ),
    Measure(
        "colorfulness_absolute_difference", "colorfulness difference (absolute)", "", "zero", 2,
        "Less that of the true photos.",
    ),
    Measure(
        "hue_diversity", "hue diversity", "", "", 3,
        "1 if the pictures' mean hues cancel out, 0 if all are the same.",
    ),
    Measure(
        "hue_diversity_ratio", "hue diversity ratio", "", "one", 3, "Over that of the true photos."
    ),
    Measure("lightness_drift", "L* drift", "", "lower", 3, "Mean difference of L*."),
    Measure(
        "frechet_ab", "Fréchet ab", "", "lower", 2,
        "Fréchet distance between the photos' ab histograms and the pictures', x 100.",
    ),
    Measure(
        "best_of", "best variant's CIEDE2000", "", "lower", 2,
        "Of a photo's variants, the CIEDE2000 of the one nearest to it (--variants).",
    ),
    Measure(
        "mean_of", "variants' CIEDE2000", "", "lower", 2, "Mean over a photo's variants."
    ),
    Measure(
        "diversity", "diversity of variants", "", "", 2,
        "Mean CIEDE2000 between a photo's variants.",
    ),
    Measure("fid", "FID", "", "lower", 2, "Fréchet distance of InceptionV3 features."),
)  # fmt: skip
MEASURE = {measure.name: measure for measure in MEASURES}

# Of models that give several answers, with --variants.
VARIANT_COLUMNS = ("best_of", "mean_of", "diversity")
# The scores of each entry on each photo.
COLUMNS = (
    "delta_e", "delta_e_p90", "psnr", "psnr_ab", "ssim", "chroma_error", "hue_error",
    "lightness_drift", "chroma", "colorfulness", "colorfulness_absolute", "mean_a", "mean_b",
    *VARIANT_COLUMNS,
)  # fmt: skip
