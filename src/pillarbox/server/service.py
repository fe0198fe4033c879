"""What an operation works with besides its request."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pillarbox.access.authentication import authenticate
from pillarbox.access.caller import Caller
from pillarbox.access.decision import Need, authorize, decides_without_object
from pillarbox.access.form_authentication import VerifiedPolicies
from pillarbox.callback.addresses import AddressRules
from pillarbox.model import refusals
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.objects import Bucket
from pillarbox.outgoing.messenger import Messenger
from pillarbox.server.field_memory import FieldMemory
from pillarbox.server.referer_rules import check_referer
from pillarbox.server.refused_forms import RefusedForms
from pillarbox.server.request import Request
from pillarbox.server.settings import Settings
from pillarbox.storage.preparation import read_callback_key
from pillarbox.storage.store import Store


def messenger_of(settings: Settings) -> Messenger:
    """Who calls sites for this server; reads the key, so not for an event loop.

    Raises:
        OSError, ValueError: see `read_callback_key`.
    """
    rules = AddressRules.of(settings.callback_allow)
    return Messenger(read_callback_key(settings.data_dir), settings.public_key_url, rules)


@dataclass(frozen=True, slots=True)
class Service:
    """The store, the operator's settings, and what the requests of this worker share.

    Attributes:
        messenger: calls the sites that uploads name.
        refused_forms: keeps why forms were refused.
        verified: policies whose signature was right before.
        field_memory: what the fields of running forms hold.
    """

    store: Store
    settings: Settings
    messenger: Messenger
    refused_forms: RefusedForms
    verified: VerifiedPolicies = field(default_factory=VerifiedPolicies)
    field_memory: FieldMemory = field(default_factory=FieldMemory)

    def now(self) -> datetime:
        """The current time, aware."""
        return datetime.fromtimestamp(time.time(), UTC)

    async def caller(self, request: Request) -> Caller:
        """Who signed a request that is no form."""
        address = request.address
        caller = await authenticate(
            request.method,
            request.headers.items,
            request.query.pairs,
            (address.bucket, address.key),
            self.store.access_key,
            self.now(),
            self.settings.region,
        )
        request.record.access_key_id = caller.access_key_id
        return caller

    async def bucket(self, request: Request) -> Bucket:
        """The addressed bucket, if its Referer rules let the request in.

        Refusals: `NoSuchBucket`, `AccessDenied`.
        """
        bucket = await self.addressed_bucket(request)
        check_referer(request, bucket)
        return bucket

    async def addressed_bucket(self, request: Request) -> Bucket:
        """The addressed bucket, whoever asks; refusal `NoSuchBucket`."""
        name = request.bucket_name
        bucket = await self.store.bucket(name)
        if bucket is None:
            raise refusals.NO_SUCH_BUCKET(BucketName=name)
        return bucket

    async def configurable_bucket(self, request: Request) -> Bucket:
        """The addressed bucket, if the caller may read and change its or the object's settings."""
        caller = await self.caller(request)
        bucket = await self.bucket(request)
        on_bucket = request.address.key is None
        authorize(caller, Need.CONFIGURE if on_bucket else Need.CONFIGURE_OBJECT, bucket)
        return bucket

    async def authorize_object(
        self, caller: Caller, need: Need, bucket: Bucket, key: bytes
    ) -> None:
        """Ask the access rules about one object; its ACL is read where it can matter."""
        acl = ObjectAcl.DEFAULT
        if not decides_without_object(caller, bucket):
            existing = await self.store.object(bucket, key)
            if existing is not None:
                acl = existing.acl
        authorize(caller, need, bucket, acl)
