"""Credentials for Google of somebody whose sign-in was revoked, and the token server that says so."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

REASON = "Token has been expired or revoked."


@contextmanager
def refused() -> Iterator[str]:
    """The URL of a server that gives nobody a token."""
    answer = json.dumps({"error": "invalid_grant", "error_description": REASON}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(400)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def signed_in(url: str) -> dict[str, str]:
    """Application default credentials, as gcloud auth application-default login writes them, for this token server."""
    return {
        "type": "external_account_authorized_user",
        "audience": "//iam.googleapis.com/locations/global/workforcePools/pool/providers/provider",
        "client_id": "client",
        "client_secret": "secret",
        "refresh_token": "revoked",
        "token_url": f"{url}/token",
        "token_info_url": f"{url}/introspect",
    }
