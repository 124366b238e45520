"""Small record sets, built as the tests want them."""

from colorizer_tf import RecordOptions, build_records

OPTIONS = RecordOptions(size=32, valid_fraction=0.25, shard_size=16)


def build(sources, out, options=OPTIONS, **arguments):
    sources = sources if isinstance(sources, list) else [sources]
    return build_records(sources, out, options, **{"workers": 1, "progress": False} | arguments)


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
