"""Visitors' files go: after a while, and with the server."""

import time

import pytest

from colorizer_tf.serve.scratch import scratch_folder

pytest.importorskip("gradio", reason="needs the extra web")


def test_old_files_and_empty_folders_go_and_the_page_s_own_stay():
    with scratch_folder(0.2) as scratch:
        own = scratch.new_file("own.jpg")
        own.write_bytes(b"own")
        scratch.keep_for_good()
        old = scratch.new_file("old.jpg")
        old.write_bytes(b"old")
        scratch.sweep()
        assert old.exists()
        time.sleep(0.3)
        new = scratch.new_file("new.jpg")
        new.write_bytes(b"new")
        scratch.sweep()
        assert (own.exists(), old.exists(), new.exists()) == (True, False, True)
        time.sleep(0.3)
        scratch.sweep()
        assert not old.parent.exists()
    assert not scratch.folder.exists()


def test_the_folder_is_private():
    with scratch_folder(60) as scratch:
        assert scratch.folder.stat().st_mode & 0o077 == 0
