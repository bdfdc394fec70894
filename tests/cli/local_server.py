"""A small HTTP server on this machine that behaves as well or badly as a test wants."""

import contextlib
import http.server
import threading
import time


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}        # path -> bytes
        self.mark = '"v1"'     # ETag; None: none
        self.ranges = True     # heeds Range
        self.checks_mark = True  # heeds If-Range
        self.length = True     # says Content-Length
        self.cut_after = None  # body bytes of every answer, then the line breaks
        self.stall_after = None  # body bytes, then silence
        self.redirects = {}    # path -> address
        self.asked = []        # (path, Range, If-Range)

    def address(self, path=""):
        return f"http://{self.server_address[0]}:{self.server_address[1]}{path}"

    def handle_error(self, *_):
        pass  # a client that was killed


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        if self.path in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = server.files.get(self.path)
        if body is None:
            page = b"<html>no such file</html>"
            self.send_response(404)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        wanted = self.headers.get("Range")
        same = not server.checks_mark or self.headers.get("If-Range") in (None, server.mark)
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.ranges and same else 0
        if first >= len(body) and first:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        if server.mark:
            self.send_header("ETag", server.mark)
        if server.length:
            self.send_header("Content-Length", str(len(body) - first))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        rest = body[first:]
        if server.stall_after is not None and len(rest) > server.stall_after:
            self.wfile.write(rest[:server.stall_after])
            self.wfile.flush()
            time.sleep(20)
        elif server.cut_after is not None and len(rest) > server.cut_after:
            self.wfile.write(rest[:server.cut_after])
            self.close_connection = True
        else:
            self.wfile.write(rest)
            self.close_connection = not server.length


@contextlib.contextmanager
def serving():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
