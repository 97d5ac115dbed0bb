"""A plug-in for pytest: files that Lithops' tests fetch from the Internet are made here and served to them from this machine."""
import http.server
import random
import threading

_WORDS = [f"{chr(97 + i % 26)}{i}" for i in range(30_000)]
_SIZES = {"vocab.enron.txt": 240_000, "vocab.kos.txt": 60_000, "vocab.nips.txt": 100_000, "vocab.nytimes.txt": 1_000_000, "vocab.pubmed.txt": 1_500_000}


class _Files(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self._answer(False)

    def do_GET(self):
        self._answer(True)

    def _answer(self, has_body):
        body = _content(self.path.strip("/"))
        first, last = 0, len(body) - 1
        wanted = self.headers.get("Range")
        if wanted:
            begin, _, end = wanted.partition("=")[2].partition("-")
            first, last = int(begin), min(int(end or last), last)
        self.send_response(206 if wanted else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        if has_body:
            self.wfile.write(body[first:last + 1])

    def log_message(self, *_):
        pass


def _content(name):
    words = random.Random(name)
    text, length = [], 0
    while length < _SIZES[name]:
        text.append(words.choice(_WORDS))
        length += len(text[-1]) + 1
    return ("\n".join(text) + "\n").encode()


def pytest_collection_modifyitems():
    from lithops.tests import test_map_reduce
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    test_map_reduce.TEST_FILES_URLS[:] = [f"http://127.0.0.1:{server.server_port}/{name}" for name in _SIZES]
