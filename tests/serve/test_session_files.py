"""Visitors' files go: after a while, and with the server."""

import os
import time

import pytest

from colorizer_tf.serve import session_files
from colorizer_tf.serve.service import BusyError
from colorizer_tf.serve.session_files import temporary_session_files

pytest.importorskip("gradio", reason="needs the extra web")


def test_old_files_and_empty_folders_go_and_the_page_s_own_stay():
    with temporary_session_files(0.2) as files:
        own = files.new_path("own.jpg")
        own.write_bytes(b"own")
        files.keep_existing()
        old = files.new_path("old.jpg")
        old.write_bytes(b"old")
        files.delete_expired()
        assert old.exists()
        time.sleep(0.3)
        new = files.new_path("new.jpg")
        new.write_bytes(b"new")
        files.delete_expired()
        assert (own.exists(), old.exists(), new.exists()) == (True, False, True)
        time.sleep(0.3)
        files.delete_expired()
        assert not old.parent.exists()
    assert not files.folder.exists()


def test_folders_that_another_deletes_meanwhile_are_passed_by(monkeypatch):
    with temporary_session_files(0.0) as files:
        gone, old = files.new_path("gone.jpg"), files.new_path("old.jpg")
        old.write_bytes(b"old")
        scan = os.scandir

        def scan_too_late(path):
            if os.fspath(path) == str(gone.parent) and gone.parent.exists():
                gone.parent.rmdir()
            return scan(path)

        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", scan_too_late)
            files.check_space(10)
            assert not gone.parent.exists()
            gone = files.new_path("gone.jpg")
            time.sleep(0.05)
            files.delete_expired()
        assert not old.exists()


def test_interrupted_uploads_go_early(monkeypatch):
    monkeypatch.setattr(session_files, "UNFINISHED_SECONDS", 0.1)
    with temporary_session_files(60) as files:
        # Where Gradio writes an upload until it is whole.
        upload, whole = files.folder / "tmpabcdefgh", files.new_path("photo.jpg")
        for path in (upload, whole):
            path.write_bytes(b"photo")
        files.delete_expired()
        assert upload.exists()
        time.sleep(0.15)
        files.delete_expired()
        assert (upload.exists(), whole.exists()) == (False, True)


def test_many_files_do_not_slow_requests_down(monkeypatch):
    scans = 0
    walk = os.walk

    def counted(*args, **settings):
        nonlocal scans
        scans += 1
        return walk(*args, **settings)

    monkeypatch.setattr(os, "walk", counted)
    with temporary_session_files(60) as files:
        for _ in range(1000):
            files.check_space(1)
        assert scans <= 2
        # What was taken up counts before it is there.
        monkeypatch.setattr(session_files, "MAX_BYTES", 1500)
        with pytest.raises(BusyError):
            files.check_space(600)


def test_the_folder_is_private():
    with temporary_session_files(60) as files:
        assert files.folder.stat().st_mode & 0o077 == 0
