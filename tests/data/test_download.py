"""Downloads, from a server on this machine: mirrors in turn, checked before they are put in place."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from physlearn.data.download import download
from physlearn.data.files import DataError, check_md5

CONTENT = bytes(range(256)) * 400


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        content = {"/good": CONTENT, "/bad": CONTENT[:-1] + b"!"}.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def check(part):
    check_md5(part, part.read_bytes(), hashlib.md5(CONTENT, usedforsecurity=False).hexdigest())


def test_the_first_mirror_that_gives_the_right_file_is_used(tmp_path, server):
    target = tmp_path / "new/folder/file.bin"
    urls = ["http://127.0.0.1:9/closed", f"{server}/none", f"{server}/bad", f"{server}/good"]
    assert download(urls, target, check) == target
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["file.bin"]


def test_where_no_mirror_gives_it_one_line_says_why_and_nothing_is_left(tmp_path, server):
    urls = ["http://127.0.0.1:9/closed", f"{server}/none", f"{server}/bad"]
    with pytest.raises(DataError) as caught:
        download(urls, tmp_path / "new/file.bin", check)
    line = str(caught.value)
    for part in (
        "file.bin is missing",
        "127.0.0.1:9: ConnectionError",
        "HTTP 404",
        "not the published file",
        "put it at",
    ):
        assert part in line
    assert "\n" not in line
    assert not list(tmp_path.iterdir())
