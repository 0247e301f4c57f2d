"""A registry's refusals, the only rows that permit a credential. Below every other cause, and by an allow-list.

Files, plugins, proxies and policies deny and forbid too. So a refusal counts only where a registry or its token server
was asked, and only where it says that it does not know or trust the caller, or says nothing at all after the refusal.
A refusal with a reason of its own that stands in no row is not understood, and what is not understood resets nothing.
"""

from functions.causes.row import Row
from functions.model.verdict import Cause

_BEFORE = r"(?:rpc error: |code = \w+ desc = |Error response from daemon: |API error \(\d+\): |errors: )*"
ASKED = (
    "<(?:short )?(?:token|manifest|registry|registry blob|public) url>",
    "failed to authorize:",
    "(?:oauth|anonymous) token",
    "[Rr]equesting bear(?:er)? token",
    "unable to retrieve auth token",
    "(?:reading|determining) manifest ",
    r"status code \[manifests\]",
    "initializing source ",
    "(?:docker|container) registry <host>",
    "pull access denied",
    "no pull access",
    "trying to pull repository",
    "anonymous pulling",
    "(?:Get|Head) [*xX]{3,}: (?=unauthorized: authentication required)",  # as people quote it
    "no (?:basic auth credentials|user/password)",
    rf"^{_BEFORE}(?:denied|unauthorized): ",
    "denied: unauthenticated: ",
    "(?i:pull image)[^:]{0,60}: (?=unauthorized: authentication required)",  # as builders quote it
    r"^\W*Authentication is required\W*$",  # a registry of 2015
    "server message: ",
    "error from registry: ",
    "HTTP 40[13] response body: ",
)
"""Where a registry speaks: at a URL of its API or its token server, or where a runtime says that it asks one."""

_REASON = r"(?: \(?(?:Unauthorized|UNAUTHORIZED|Authorization Required|Forbidden|FORBIDDEN)\)?)?"
_CODE = (
    r"(?:denied|unauthorized|DENIED|UNAUTHORIZED)"
    r"(?:: (?i:(?:access|permission) denied|not authorized|unauthorized|forbidden|denied|authentication required))?"
)
_BODY = rf"(?:[\s-]*:?(?: ?[Ss]erver message:)?(?: ?errors:)? ?(?:{_CODE}|Not Authorized))*"
"""The registry's own errors, which containerd joins to the status: since 2.3 even to that of a HEAD, by a GET."""
_END = r"[\s\W]*(?:\W[Ss]erver message: unknown\W*(?:unknown error\W*)?)?$"
"""Nothing more is said: whoever refuses for another reason gives it."""
_AT_ISSUER = (
    r"token(?: from <(?:short )?token url>)?: "
    r"(?:(?:unexpected )?status(?: code)?(?: from \w+ request to)?:? )?(?:<(?:short )?(?:token|login) url>[:\s]\W*)?"
)
"""Asked for with `oauth` where there is a credential, and `anonymous` where there is none."""
_ANSWERED = (
    rf"(?:<(?:short )?(?:token|manifest|registry|registry blob|public) url>[:\s]\W*|oauth {_AT_ISSUER}"
    r"|status code \[manifests\]: |invalid status code from registry |unexpected HTTP status: "
    r"|StatusCode: )(?:unexpected status code |request failed with status: )?"
)
"""A status of the registry itself, not of a proxy, a bucket or a page that it leads to."""

ROWS = (
    # No credential was shown
    Row(
        cause=Cause.AUTH_MISSING,
        places=ASKED,
        words=(
            rf"anonymous {_AT_ISSUER}(?:401|403){_REASON}{_BODY}{_END}",
            rf"anonymous pulling failed.*\b(?:401|403){_REASON}{_END}",
            "no basic auth credentials",
            "missing username or secret",
            "Unauthenticated request",
            "[Aa]nonymous (?:callers?|users?|access|pulls?) (?:does|do|is|are|has|have|not) ",
            "not logged in|may not login yet",
            "no (?:credentials|user/password) (?:was|were|is|are)? ?(?:provided|found|given|supplied)",
            rf"{_ANSWERED}401 UNAUTHORIZED{_BODY}{_END}",
            "credentials? (?:are |is )?(?:required|missing)",
            "[Nn]ot authenticated",
            "missing required authentication",
        ),
        example="failed to fetch anonymous token: unexpected status: 403 Forbidden",
    ),
    # A credential was shown and refused, in words that leave nothing open
    Row(
        cause=Cause.AUTH_DENIED,
        places=ASKED,
        words=(
            "[Tt]oken (?:is |was |has )?(?:been )?(?:expired|revoked|invalid)",
            "invalid[_ ]token",
            "ExpiredToken",
            "is not authorized to perform: ecr",
            "read_package",
            rf"(?:denied: denied|DENIED: denied){_END}",
            "(?:needed|enough|sufficient|required) permissions?",
            "insufficient authentication scopes",
            "Caller does not have (?:the )?permission <name>",
            "client does not have permission for manifest",
            "unauthorized to access repository",
            rf"Token exchange failed for project <name>\. Access denied{_END}",
            "Permission denied for <name> from request",
            "Permission <name> denied on resource(?!.*may not exist)",
            "Failed to read tag",
            "incorrect username or password",
            "[Ii]nvalid [Uu]sername",
            "(?i:bad (?:username|credential))",
            "(?:[Ii]nvalid|[Ww]rong|[Ii]ncorrect) (?:authentication )?(?:[Cc]redentials?|password)",
            "HTTP Basic: Access denied",
            rf"access forbidden{_END}",
            "(?:unauthorized|denied|unknown): (?:[Aa]uthentication (?:failed|is required)|failed authentication)",
            "credentials are not valid",
            "(?:You are|you are) not authorized to access",
            "using your Customer Portal credentials",
            "unable to retrieve auth token: invalid",
            "installation not allowed",
            "must log in with",
            "cannot be authenticated with the token",
            "Unable to parse json key",
            "[Nn]ot registered with AAD",
            r"^\W*Authentication is required\W*$",
        ),
        example="Error response from daemon: denied: Your authorization token has expired.",
    ),
    # The registry won't tell: no access, or nothing there
    Row(
        cause=Cause.AMBIGUOUS,
        places=ASKED,
        words=(
            "insufficient.scope",
            r"Permission <name> denied on resource <name> \(or it may not exist",
            "no pull access",
            "verify that it exists|Unable to access the repository",
            rf"pull access denied(?: for <name>)?(?::? authorization failed)?{_END}",
            rf"may require (?:'docker login'|<name>|authorization|authentication)(?:: authorization failed)?{_END}",
            "is not authorized$",
            "requested access to the resource is denied",
            "access to the requested resource is not authorized",
        ),
        example="pull access denied, repository does not exist or may require authorization: server message: "
        "insufficient_scope: authorization failed",
    ),
    # Refused, and nothing else said
    Row(
        cause=Cause.AUTH_DENIED,
        places=ASKED,
        words=(
            rf"{_ANSWERED}(?:401|403){_REASON}{_BODY}{_END}",
            r"HTTP 401 response body: .*\b401 (?:Authorization Required|Unauthorized)",
            rf"HTTP 401 response body: invalid character <name> looking for beginning of value: <name>{_END}",
            rf"<(?:short )?manifest url>: unknown: (?:Unauthorized|Forbidden){_END}",
            rf"HTTP 40[13] response body: (?:unexpected end of JSON input|no error details found[a-zA-Z ]*){_END}",
            rf"(?:: |^|errors: ){_CODE}{_END}",
            rf"manifest [^:]*: authentication required{_END}",  # CRI-O leaves the code out
            rf"authorization failed{_END}",
            "(?:denied|unauthorized|UNAUTHORIZED): authentication required",
        ),
        example="unexpected status from HEAD request to https://gcr.io/v2/acme/api/manifests/1: 401 Unauthorized",
    ),
)
