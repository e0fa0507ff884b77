import hashlib
import os
import re

import pooch
import pytest

from sgdlab.data import files

CONTENT = b"what was published" * 1000
SHA256 = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
MD5 = "md5:" + hashlib.md5(CONTENT).hexdigest()


def test_root_is_the_folder_of_the_environment_variable(data_root):
    assert files.root() == data_root


@pytest.mark.parametrize("setting", [None, ""])
def test_root_is_the_users_cache_otherwise(setting, monkeypatch):
    if setting is None:
        monkeypatch.delenv("SGDLAB_DATA", raising=False)
    else:
        monkeypatch.setenv("SGDLAB_DATA", setting)
    assert files.root() == pooch.os_cache("sgdlab")


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_text("a file")])
def test_a_root_that_is_no_folder(make, tmp_path, monkeypatch):
    make(tmp_path / "data")
    monkeypatch.setenv("SGDLAB_DATA", str(tmp_path / "data"))
    with pytest.raises(FileNotFoundError, match=r"SGDLAB_DATA is set to '.*data', which is not a folder.*Create it"):
        files.root()


@pytest.mark.parametrize("checksum", [SHA256, MD5])
def test_a_file_is_read_if_it_is_the_published_one(checksum, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    assert files.read_checked(path, checksum, name="mnist") == CONTENT


@pytest.mark.parametrize("checksum", [SHA256, MD5])
@pytest.mark.parametrize("damaged", [CONTENT[:-1], CONTENT[:-1] + b"?", b""])
def test_a_damaged_file_is_named_with_both_checksums_and_the_cure(checksum, damaged, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(damaged)
    algorithm, expected = checksum.split(":")
    with pytest.raises(ValueError, match="corrupted or truncated") as error:
        files.read_checked(path, checksum, name="mnist")
    message = str(error.value)
    assert message.startswith(str(path))
    assert f"expected {algorithm} {expected}" in message
    assert f"found {hashlib.new(algorithm, damaged).hexdigest()}" in message
    assert "Delete the file and run `python -m sgdlab.data mnist`" in message
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("checksum", [SHA256, MD5])
def test_a_download_gives_the_content_and_leaves_nothing(checksum, server, files_left):
    server.files["/file"] = CONTENT
    assert files.download(server.address + "file", checksum) == CONTENT
    assert files_left() == []


def test_a_compressed_file_arrives_compressed(server, files_left):
    server.files["/file.gz"] = CONTENT
    assert files.download(server.address + "file.gz", SHA256) == CONTENT


def test_a_body_that_stops_half_way(server, files_left):
    server.files["/file"] = CONTENT
    server.cut.add("/file")
    with pytest.raises(ConnectionError, match=f"could not download {server.address}file"):
        files.download(server.address + "file", SHA256)
    assert server.requests == ["/file"]
    assert files_left() == []


def test_content_that_is_not_the_published_one(server, files_left):
    server.files["/file"] = b"something else"
    with pytest.raises(ValueError, match="is not the published file, and nothing was written") as error:
        files.download(server.address + "file", SHA256)
    for part in (server.address + "file", SHA256, hashlib.sha256(b"something else").hexdigest()):
        assert part in str(error.value)
    assert files_left() == []


def test_a_file_that_the_server_does_not_have(server, files_left):
    with pytest.raises(ConnectionError, match=r"could not download .*/file: 404"):
        files.download(server.address + "file", SHA256)
    assert files_left() == []


def test_no_network(unused_address, files_left, data_root, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    expected = f"could not download {unused_address}file: .*Check the network.*{re.escape(str(data_root))} yourself"
    with pytest.raises(ConnectionError, match=expected):
        files.download(unused_address + "file", SHA256)
    assert files_left() == []


def test_a_file_is_written_with_its_folder(tmp_path):
    path = tmp_path / "some" / "folder" / "file"
    files.write(path, CONTENT)
    assert path.read_bytes() == CONTENT
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def fail(source, target):
        assert source.read_bytes() == CONTENT
        assert target == path
        raise OSError("no")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no"):
        files.write(path, CONTENT)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
