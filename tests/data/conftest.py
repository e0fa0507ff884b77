"""A server on this machine, and small data sets in the published formats that it offers."""

import gzip
import hashlib
import http.server
import io
import pickle
import struct
import tarfile
import tempfile
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sgdlab.data.cifar10 import CIFAR10
from sgdlab.data.mnist import MNIST


@pytest.fixture
def data_root(tmp_path, monkeypatch):
    """An empty folder that SGDLAB_DATA names."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("SGDLAB_DATA", str(folder))
    return folder


@pytest.fixture
def files_left(data_root, tmp_path, monkeypatch):
    """A function that lists every file in the data root and in the folder for temporary files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def listing():
        return sorted(
            str(path.relative_to(tmp_path))
            for folder in (data_root, temporary)
            for path in folder.rglob("*")
            if path.is_file()
        )

    return listing


@pytest.fixture
def server(monkeypatch):
    """An HTTP server: `files` maps a path to its content, `cut` is the set of paths whose body stops half way."""
    offer = SimpleNamespace(files={}, cut=set(), requests=[])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            offer.requests.append(self.path)
            content = offer.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if self.path in offer.cut else content)

        def log_message(self, *_):
            """Nothing: the tests look at `requests`."""

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        offer.address = f"http://127.0.0.1:{listener.server_port}/"
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield offer
        listener.shutdown()


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def idx_file(array):
    """The array as MNIST's authors would have published it."""
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


@pytest.fixture
def small_mnist(server):
    """A data set like MNIST with 6 training and 3 test images, offered by the server. Image i is uniformly i."""
    contents = {}
    for prefix, number in (("train", 6), ("t10k", 3)):
        brightness = np.arange(number, dtype=np.uint8)
        contents[f"{prefix}-images-idx3-ubyte.gz"] = idx_file(np.tile(brightness[:, None, None], (1, 28, 28)))
        contents[f"{prefix}-labels-idx1-ubyte.gz"] = idx_file(brightness)
    server.files.update({f"/mnist/{name}": content for name, content in contents.items()})
    checksums = {name: sha256(content) for name, content in contents.items()}
    return replace(MNIST, address=f"{server.address}mnist/", checksums=checksums)


def cifar_batch(first_label):
    """Two images: red 1, green 2, blue 3 everywhere; and 4, 5, 6, but for a red 9 in the second column of row one."""
    data = np.repeat(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8), 1024, axis=1)
    data[1, 1] = 9
    return pickle.dumps({b"data": data, b"labels": [first_label, first_label + 1]}, protocol=2)


def tar_file(members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def small_cifar(server):
    """A data set like CIFAR-10 with two images a batch. The archive also holds members that nobody asked for."""
    batches = {name: cifar_batch(label) for label, name in enumerate(CIFAR10.train)}
    others = {"test_batch": cifar_batch(8), "batches.meta": pickle.dumps({b"label_names": [b"cat"]}, protocol=2)}
    members = {f"cifar-10-batches-py/{name}": content for name, content in (batches | others).items()}
    archive = tar_file(members | {"cifar-10-batches-py/readme.html": b"read me", "../outside": b"escaped"})
    server.files["/cifar.tar.gz"] = archive
    return replace(
        CIFAR10,
        archive=f"{server.address}cifar.tar.gz",
        archive_checksum="md5:" + hashlib.md5(archive).hexdigest(),
        train={name: sha256(content) for name, content in batches.items()},
        others={name: sha256(content) for name, content in others.items()},
    )


@pytest.fixture
def unused_address():
    """An address at which nobody answers."""
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listener:
        port = listener.server_port
    return f"http://127.0.0.1:{port}/"
