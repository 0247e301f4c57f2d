"""What goes wrong on the way to the registry and back."""

from functions.causes.row import Row
from functions.model.verdict import Cause

ROWS = (
    Row(
        cause=Cause.TLS_TRUST,
        words=(
            "x509:",
            "server gave HTTP response to HTTPS client",
            # The proxy says more only with a certificate, and bytes are spoilt on the way
            "(?<!proxyconnect tcp: )tls: (?!bad record MAC)",
            "certificate (?:signed by|has expired|is not)",
            "failed to verify certificate",
            "http: server gave HTTP",
            "<trusted certificates>",
        ),
        example='failed to do request: Head "https://r.example/v2/a/manifests/1": x509: certificate signed by unknown '
        "authority",
    ),
    Row(
        cause=Cause.REGISTRY_ERROR,
        words=(r"blob: StatusCode: (?:400|404|5\d\d)",),
        example="happened during read: unexpected EOF (after reconnecting, fetching blob: StatusCode: 400, ...)",
    ),
    Row(
        cause=Cause.NETWORK,
        words=(
            "no such host",
            "Could not reach any registry endpoint",
            "host not found",
            "server misbehaving",
            "i/o timeout",
            "TLS handshake timeout",
            r"Client\.Timeout exceeded",
            "while waiting for connection",
            "proxyconnect",
            "no route to host",
            "network is unreachable",
            "(?:dial|read|write) (?:tcp|udp)",
            "connection (?:refused|reset|timed out)",
            "[Tt]emporary failure in name resolution",
            "broken pipe",
            "http2: ",
            "stream error: ",
            "server closed (?:idle )?connection",
            "connection closed",
            "short read",
            "bad record MAC",
            "malformed HTTP",
            ": unexpected EOF",
            r"\bEOF$",
            "timeout awaiting response headers",
            "socks connect",
            # A proxy refuses the tunnel, and Go drops its status
            "url>: (?:Forbidden|Access denied|Proxy Authentication Required)\\b",
            "url>: (?:Bad Gateway|Service Unavailable|Gateway Time-?out)\\b",
            "(?i:proxy authentication required)",
        ),
        example='failed to fetch oauth token: Get "https://gcr.io/v2/token?a=b": dial tcp 10.0.0.82:443: i/o timeout',
    ),
    Row(
        cause=Cause.CANCELLED,
        words=(
            "context (?:deadline exceeded|canceled)",
            "request canceled",
            "operation was canceled",
            r"code = (?:Canceled|DeadlineExceeded)\b",
            "pull (?:was )?cancell?ed",
            "no progress",
        ),
        example="code = DeadlineExceeded desc = failed to copy: context deadline exceeded",
    ),
)

REST = (
    Row(
        cause=Cause.NETWORK,
        words=("failed to do request: [A-Z][a-z]+ <[a-z ]*url>: .",),
        example='failed to do request: Head "https://r.example/v2/a/manifests/1": stopped after 10 redirects',
    ),
)
"""So containerd begins whatever kept it from an answer: a proxy may have refused, but no registry."""
