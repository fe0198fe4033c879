"""What an operator decides when starting the server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pillarbox.model.acl import BucketAcl
from pillarbox.model.cors import CorsConfiguration
from pillarbox.policy.ceilings import NO_CEILINGS, Ceilings
from pillarbox.server.listening import ListenAddress

DEFAULT_REGION = "cn-hangzhou"

#: Seven days: who resumes an upload after a weekend or an illness finds it, and a disk doesn't fill
#: with what nobody will.
DEFAULT_UPLOAD_EXPIRY = 7 * 24 * 3600

#: Rules count in days; a pass that finds nothing reads every key that has a rule.
DEFAULT_LIFECYCLE_INTERVAL = 3600

#: Behind `/-/`.
CALLBACK_KEY_PATH = "callback.pem"


@dataclass(frozen=True, slots=True)
class InitBucket:
    """A bucket to make at start if it does not exist (`--init-bucket NAME:ACL[:strict]`).

    Attributes:
        strict_forms: its forms must cover by policy every field that matters; said of a bucket
            that exists, it holds from then on.
    """

    name: str
    acl: BucketAcl
    strict_forms: bool = False


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where certificate and key are, both PEM (`--tls-cert`, `--tls-key`)."""

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a worker of the server needs to know; picklable.

    Attributes:
        data_dir: directory of catalog and blobs.
        host, port: where to listen; the port is a real one (0 was resolved before).
        admin: where metrics and probes are answered, apart from clients; None for nowhere.
        workers: processes that serve requests beside each other.
        tls: serve https with these, and no http; None for http.
        trusted_proxies: networks (CIDR) of proxies whose X-Forwarded-For and -Proto are believed.
        domains: `BUCKET.DOMAIN` reaches a bucket for each of these.
        region: the only region that a V4 scope may name, or None for any.
        strict_forms: forms must cover by policy every field that matters.
        leading_slash_keys: whether a key may begin with `/` or a backslash. OSS's naming rules
            forbid it, its samples of PostObject do it.
        encrypted_at_rest: the operator vouches that the disk is encrypted, so AES256 is honest.
        anonymous_list: whether anybody may list a public bucket (OSS: no).
        log_format: `text` or `json`.
        init_buckets: made at the start.
        init_cors: rules that the buckets of `init_buckets` get at every start, in place of
            theirs; None leaves theirs alone.
        callback_allow: networks (CIDR) that callbacks may go to besides the public internet.
        callback_key_url: where sites fetch the key that callbacks are signed with; None for this
            server's own address.
        callback_retry: seconds for which failed callbacks of `init_buckets` are tried again from
            then on, 0 for not at all; None leaves their rules alone.
        upload_expiry: seconds after which an upload in parts that nobody touches is aborted; 0 for
            never.
        lifecycle_interval: seconds from one pass of the lifecycle rules to the next; 0 for none.
        redirect_hosts: to which success_action_redirect may lead, lower case, a port optional;
            empty for any.
        ceilings: what any policy may allow, and any upload be, at most.
        head_timeout: seconds for a request's head to arrive whole, and for a connection that is
            kept open to bring its next one; then it is closed without an answer.
        idle_timeout: seconds without a byte after which an upload is refused `RequestTimeout`,
            and after four times of which a download that its client does not read is cut off.
        min_rate: bytes a second that an upload must bring, and a download be read at, in the mean
            since it began; looked at after a minute.
        refused_timeout: seconds for which what a client sends behind an early refusal is read and
            dropped, that it may find the answer; then it is cut off.
        drain_timeout: seconds that running uploads get to finish after SIGTERM.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 9000
    admin: ListenAddress | None = None
    workers: int = 1
    tls: TlsFiles | None = None
    trusted_proxies: tuple[str, ...] = ()
    domains: tuple[str, ...] = ("localhost",)
    region: str | None = None
    strict_forms: bool = False
    leading_slash_keys: bool = False
    encrypted_at_rest: bool = False
    anonymous_list: bool = False
    log_format: str = "text"
    init_buckets: tuple[InitBucket, ...] = ()
    init_cors: CorsConfiguration | None = None
    callback_allow: tuple[str, ...] = ()
    callback_key_url: str | None = None
    callback_retry: int | None = None
    upload_expiry: int = DEFAULT_UPLOAD_EXPIRY
    lifecycle_interval: int = DEFAULT_LIFECYCLE_INTERVAL
    redirect_hosts: tuple[str, ...] = ()
    ceilings: Ceilings = NO_CEILINGS
    head_timeout: float = 60.0
    idle_timeout: float = 30.0
    min_rate: float = 1024.0
    refused_timeout: float = 10.0
    drain_timeout: float = 30.0

    @property
    def scheme(self) -> str:
        """`http` or `https`: what is spoken on the port."""
        return "http" if self.tls is None else "https"

    @property
    def endpoint(self) -> str:
        """The URL of this server for clients on this machine, without a path."""
        return f"{self.scheme}://{ListenAddress(self.host, self.port).reachable}"

    @property
    def public_key_url(self) -> str:
        """Where sites fetch the key that callbacks are signed with."""
        if self.callback_key_url is not None:
            return self.callback_key_url
        return f"{self.endpoint}/-/{CALLBACK_KEY_PATH}"

    @property
    def bucket_region(self) -> str:
        """The region that new buckets report."""
        return self.region or DEFAULT_REGION
