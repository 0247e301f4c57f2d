r"""What remains of a pull failure's message when every name is taken out of it. Pure.

A message is layered: the kubelet quotes the runtime, which quotes the registry. Names of images, URLs, digests and
paths hold words and digits (`forbidden:401`) that look like causes. So they become placeholders that say what they
were, and only the innermost errors remain, one for each credential that was tried:

    Failed to pull image "gcr.io/acme/api:403": failed to pull and unpack image "gcr.io/acme/api:403": failed to
    resolve reference "gcr.io/acme/api:403": unexpected status from HEAD request to
    https://gcr.io/v2/acme/api/manifests/403: 401 Unauthorized

becomes

    failed to pull and unpack image <name>: failed to resolve reference <name>: unexpected status from HEAD request
    to <manifest url>: 401 Unauthorized
"""

import re

_FIRST, _LAST = 2_000, 6_000
"""Characters that are read: a message says what was asked at its beginning and why it failed at its end."""

PUBLIC = frozenset(
    {
        "docker.io",
        "index.docker.io",
        "registry-1.docker.io",
        "registry.k8s.io",
        "k8s.gcr.io",
        "mcr.microsoft.com",
        "public.ecr.aws",
        "registry.access.redhat.com",
    }
)
"""Registries that serve anybody: a 403 from them is a block by address or place, and no credential changes it."""

_GOOGLE = re.compile(r"(?:.+\.)?gcr\.io|.+-docker\.pkg\.dev")
_STORAGE = re.compile(
    r"storage\.googleapis\.com|.*\.amazonaws\.com|.*\.cloudfront\.net|.*\.r2\.cloudflarestorage\.com"
    r"|.*cloudflare\.docker\.com|.*\.blob\.core\.windows\.net|pkg-containers\.githubusercontent\.com|(?:.*[.-])?cdn\..*"
    r"|.*\.oss-[\w-]+\.aliyuncs\.com|.*\.data\.(?:azurecr\.io|mcr\.microsoft\.com)"
)
_PRIVATE_ECR = re.compile(r"\d{12}\.dkr\.ecr\..*")

_MIRRORED = re.compile(r"(?:^|&)ns=([^&]+)")
_API = re.compile(r"(?:^|/)v2(?:/|/.+/tags/list|/<[\w -]+>)?$")
_BLOB = re.compile(r"(?:^|/)v2/.+/blobs/")
_MANIFEST = re.compile(r"(?:^|/)v2/(.+)/manifests/")
_TOKEN = re.compile(r"(?:^|/)(?:token|auth|oauth2)\b")
_SCOPE = re.compile(r"(?:^|&)scope=repository:([^:&]+)")

_URL = re.compile(r"""["']?(?:https?|docker)://([^\s"']+?)(?=[:,;.)\]}"'\\]*(?:\s|$|["'\\]))(?:\.{3})?["']?""")
_QUOTED = re.compile(r'"([^"\s<]{1,400})"')  # a page of HTML is no name
_SINGLE_QUOTED = re.compile(r"(?<!\w)'[^'\s]{1,400}'(?!\w)")
_NOUNS = (
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uid>"),
    (
        re.compile(r"\b(pull access denied for|manifest for|[Nn]o such image:|lookup) [^\s<,]+(?=[:,]? |[:,]?$)"),
        r"\1 <name>",
    ),
    (re.compile(r"\b([Rr]epository|[Aa]rtifact) [^\s<]+(?= (?:not found|does not exist))"), r"\1 <name>"),
    (re.compile(r"\b(on snapshotter) [^\s<]+(?=: )"), r"\1 <name>"),  # containerd's, after docker's drivers
    (re.compile(r"/[\w./-]*/certs\.d/[^\s:,;]*"), "<trusted certificates>"),
    (re.compile(r"\b(?:from host|docker registry|container registry) (\S+?)(?=[:,]?(?:\s|$))"), None),
    (
        re.compile(r"(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?::\d+)?/[^\s,;:()]+(?::[\w.-]+)?(?:@\w+:\w+)?"),
        "<name>",
    ),
    (re.compile(r"\bsha256:[0-9a-f]{6,}"), "<digest>"),
    (re.compile(r"(?<![\w>])(?:@->)?/[^\s:,;]*\.sock\b"), "<socket>"),
    (re.compile(r"(?<![\w>/])/[\w.@+-]*[\w@+-](?:/[\w.@+:-]*[\w.@+-])*/?"), "<path>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "<address>"),
    (re.compile(r"\b[0-9a-f]{12,}\b"), "<hex>"),
    (re.compile(r"\[manifests [^\]\s]*\]"), "[manifests]"),
    (re.compile(r"\b(manifest|[Tt]ag) \S+ (in|not found in)\b"), r"\1 \2"),
)
_WRAPPERS = re.compile(
    r"(?:spec\.\w+\{[^}]*\}: "
    r"|Failed to pull image (?:<name>|\"\")(?: from pod <name> and container <name>)?(?:: |:(?=\[)|$)"
    r"|Back-off pulling image <name>(?:: |\"?$)"
    r"|(?:Error: )?(?:ErrImagePull|ImagePullBackOff|ImageInspectError)(?:: | (?=rpc error: )|$)"
    r"|Error syncing pod, skipping: "
    r"|Error from server(?: \(\w+\))?: "
    r"|(?:Error: )?\(HTTP code \d+\) [a-z ]+ - "
    r"|failed to <name> for <name> with (?:ErrImagePull|ImagePullBackOff)(?:: \"?|$)"
    r"|image pull failed for <name>, this may be because there are no credentials on this request\.\s+details: "
    r"|(?:(?:pod|deployment)/\S+: )?(?:container \S+(?: in pod \S+)? is )?waiting to start: "
    r"(?:trying and failing to pull image|\S+ can't be pulled)$"
    r")+"
)
_LOG_LINE = re.compile('"Error syncing pod, skipping"|PullImage|trying next host')
_LOGGED = re.compile(r'\berr(?:or)?="(.*?)"(?= [\w.]+=|$)')
"""What the kubelet and containerd log of a pull: structured, with the error quoted once more."""
_NO_OR_DENIED = re.compile(
    r"pull access denied for \S+, repository does not exist or may require 'docker login': (?=denied: )"
)
"""Docker puts it before whatever the registry said."""
_REASON_LAST = re.compile(r"(?:: (?:ErrImagePull|ImagePullBackOff))+$")
_OTHER_HALF = re.compile(r"; artifact err: .*|\(Mirrors also failed: .*?\]\): ")
"""What stands beside the cause: another kind of artifact, and the mirrors of the registry that the image names."""
_NEXT_ATTEMPT = re.compile(
    r", (?=rpc error: |[Ff]ailed to |[Ee]rror |[Gg]et |[Hh]ead |reading |initializing |unexpected )"
)


def attempts(message: str) -> tuple[str, ...]:
    """The innermost errors, in the order in which they were met; ("",) where the message carries no cause."""
    text = _WRAPPERS.sub("", without_names(_unlogged(_clipped(message))), count=1)
    text = _OTHER_HALF.sub("", _NO_OR_DENIED.sub("", _REASON_LAST.sub("", text))).strip()
    if text.startswith("[") and text.endswith("]"):
        return tuple(_WRAPPERS.sub("", attempt, count=1) for attempt in _NEXT_ATTEMPT.split(text[1:-1]))
    return (text,)


def without_names(message: str) -> str:
    """The message on one line, with a placeholder for every name."""
    text = " ".join(_clipped(message).replace("\\n", " ").replace("\\u0026", "&").replace('\\"', '"').split())
    text = _URL.sub(lambda match: _kind_of_url(match[1]), text)
    names = {name for name in (*_QUOTED.findall(text), image_of(text)) if re.search(r"\w[/:]\w", name)}
    text = _SINGLE_QUOTED.sub("<name>", _QUOTED.sub(_quoted, text))
    names |= {shorter for name in names if "/" in (shorter := _without_tag(name))}
    names |= {shorter for name in names if "/" in (shorter := _without_host(name))}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "<name>")
    for pattern, placeholder in _NOUNS:
        text = pattern.sub(placeholder if placeholder is not None else _host, text)
    return text


def _unlogged(message: str) -> str:
    about = _LOG_LINE.search(message)
    logged = about and _LOGGED.search(message, about.end())
    return re.sub(r"\\(.)", r"\1", logged[1]) if logged else message


def _clipped(message: str) -> str:
    return message if len(message) <= _FIRST + _LAST else f"{message[:_FIRST]} {message[-_LAST:]}"


def image_of(message: str) -> str:
    """The image that a message is about, as it names it; "" where it names none."""
    match = _IMAGE.search(message)
    return (match[1] or match[2] or "") if match else ""


_IMAGE = re.compile(r'\b[Ii]mage "([^"\s]+)"|\bimage pull failed for ([^\s,]+)')


def _without_tag(name: str) -> str:
    """A name that a registry repeats: without tag and digest."""
    path = name.partition("@")[0]
    head, _, tail = path.rpartition(":")
    return path if not head or "/" in tail else head


def _without_host(name: str) -> str:
    """A name as the registry itself knows it."""
    host, _, path = name.partition("/")
    return path if re.search(r"[.:]", host) else name


def _quoted(match: re.Match[str]) -> str:
    return "<path>" if match[1].startswith("/") else "<name>"


def _host(match: re.Match[str]) -> str:
    words = match[0].removesuffix(match[1])
    return f"{words}<public host>" if _unported(match[1]) in PUBLIC else f"{words}<host>"


def _unported(host: str) -> str:
    """An image that names the port of HTTPS means the same registry."""
    return host.removesuffix(":443")


def _kind_of_url(rest: str) -> str:
    """A placeholder that says what was asked for, and whether it was a registry for everybody."""
    address, _, query = rest.partition("?")
    host, _, path = address.partition("/")
    meant = _MIRRORED.search(query.replace("%3A", ":"))
    host = _unported(meant[1] if meant else host)
    if meant and not _GOOGLE.fullmatch(host):
        return "<mirror url>"
    stored = _STORAGE.fullmatch(host) and not _PRIVATE_ECR.fullmatch(host)
    if stored or "/blobs/" in path or path.startswith("artifacts-downloads/"):
        return "<registry blob url>" if not stored and _BLOB.search(path) else "<blob url>"
    manifest = _MANIFEST.search(path)
    asked = manifest or _SCOPE.search(query.replace("%3A", ":").replace("%2F", "/"))
    short = "short " if asked and host.endswith("-docker.pkg.dev") and asked[1].count("/") < 2 else ""
    if not manifest and (asked or _TOKEN.search(path)):
        return f"<{short}token url>" if asked or path in ("v2/token", "v2/auth") else "<login url>"
    if host in PUBLIC or path.startswith("v2/k8s-artifacts-prod/"):
        return "<public url>"
    if not manifest:
        return "<registry url>" if _API.search(path) else "<url>"
    return f"<{short}manifest url>"
