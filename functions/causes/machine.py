"""What goes wrong on the machine, after or beside the download: its disk, its runtime, an image that does not fit."""

from functions.causes.row import Row
from functions.model.verdict import Cause

_LOCAL_WORK = r"<path>|(?:layer|mount|mkdir|chown|chmod|open|exec|snapshot|(?<!pull and )unpack|apply|untar|Untar)\b"
_ERRNO = "permission denied|operation not permitted|device or resource busy|invalid argument|file exists"
"""Errors of the node's own file system. Only beside local work: registries deny permissions in the same words."""

ROWS = (
    Row(
        cause=Cause.DISK,
        words=(
            "no space left on device",
            "disk quota exceeded",
            "[Rr]ead-only file system",
            "input/output error",
            "structure needs cleaning",
            "too many (?:open files|levels of symbolic links)",
            "low on resource: ephemeral-storage",
            "not enough (?:free )?disk space",
            "file name too long",
            "cannot be mapped to a host ID",
            # Docker's storage drivers
            r"river \w+ failed to ",
            "devmapper: ",
            "Thin Pool",
            r"ref [^ ]{1,200} locked\b",  # two pulls of one layer
            # The store of the runtime lost what it had
            "image not known",
            "layer not known",
            "layer does not exist",
            "does not resolve to an image ID",
            r"\b(?:snapshot|lease|parent|content digest)\b[^:]*(?:: )?(?:does not exist|already exists|not found)",
            rf"(?:{_LOCAL_WORK}).*[:\s](?:{_ERRNO})",
        ),
        example="failed to extract layer sha256:12ab34cd: mount callback failed on /var/lib/x/y: permission denied",
    ),
    Row(
        cause=Cause.CANCELLED,
        words=(
            "(?:dial |read )?unix <socket>",
            "<socket>",
            r"containerd\.sock",
            "transport is closing|ttrpc: closed",
            "Bad response from Docker engine",
            "reading (?:from server|server preface)",
        ),
        example='code = Unavailable desc = "transport: Error while dialing dial unix /run/c/containerd.sock: connect: '
        'connection refused"',
    ),
    Row(
        cause=Cause.PLATFORM,
        words=(
            "no match for platform",
            "no matching manifest for",
            "no image found in (?:manifest list|image index)",
            "does not match the (?:specified|expected) platform",
            "cannot be used on this platform",
            "exec format error",
            "no child with platform",
            "unsupported platform",
            "no (?:supported|compatible) platform",
            "does not support platform",
            "image operating system",
            "image is incompatible with",
        ),
        example='code = NotFound desc = failed to pull and unpack image "a/b:1": no match for platform in manifest: '
        "not found",
    ),
    Row(
        cause=Cause.IMAGE_CORRUPT,
        words=(
            "unexpected commit (?:digest|size)",
            "failed size validation",
            "(?i:media[- ]?type)",
            "with MIME type",
            "corrupted -- |corrupt (?:input|data)",
            "mount callback failed on <path>: (?:unexpected )?EOF",
            "encountered unknown type",
            "rejecting .{1,20} manifest",
            "number of layers and diffIDs",
            "content size of zero",
            "(?:content|size) mismatch",
            "invalid content digest",
            "verification failed for digest|layer verification failed",
            "missing signature key",
            "unsupported (?:manifest )?schema version|unsupported manifest format",
            "unsupported image-specific operation",
            "[Mm]anifest does not match",
            "invalid tar header",
            "no processor for",
            r"[Ss]chema ?[vV]?(?:ersion)? ?1\b",
            "gzip: invalid",
            "zlib: invalid",
            "flate: corrupt",
            "magic number mismatch",
            "[Ee]rror parsing manifest",
            "wrong diff id",
            "mismatched (?:image|layer|rootfs)",
            "invalid (?:rootfs|layer|image config)",
            "checksum mismatch",
            "[Dd]igest (?:did not match|mismatch|verification)",
            "do(?:es)?(?: not|n't) match (?:the )?(?:digest|image config|expected (?:digest|size))",
            "manifest (?:invalid|schema)",
            "failed to (?:unmarshal|decode) (?:manifest|config|image)",
            r"(?:extract|register|apply)\w* layer[^<]*(?:unexpected EOF|: EOF|invalid)",
        ),
        example='failed commit on ref "layer-sha256:12ab34cd": unexpected commit size 5674492, expected 2312958',
    ),
)

REST = (
    Row(
        cause=Cause.DISK,
        words=(
            "failed to (?:register|extract|apply) layer",
            "(?:adding|applying) layer",
            "snapshot",
            "no such file or directory",
            "failed to open (?:writer|data file|database)",
            "mount callback failed",
            "committing the finished image",
        ),
        example="failed to register layer: lsetxattr security.capability /usr/bin/ping: operation not supported",
    ),
)
"""Local work that failed in words which no other row knows."""
