"""Archives of folders, for tests."""

import tarfile
import zipfile


def zipped(folder, target, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(target, "w", compression) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return target


def tarred(folder, target, mode="w"):
    with tarfile.open(target, mode) as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, path.relative_to(folder), recursive=False)
    return target


PACKERS = {
    "a.zip": zipped,
    "a.tar": tarred,
    "a.tar.gz": lambda folder, target: tarred(folder, target, "w:gz"),
    "a.tgz": lambda folder, target: tarred(folder, target, "w:gz"),
    "a.tar.bz2": lambda folder, target: tarred(folder, target, "w:bz2"),
    "a.tar.xz": lambda folder, target: tarred(folder, target, "w:xz"),
    "compressed-though-it-says.tar": lambda folder, target: tarred(folder, target, "w:gz"),
}
