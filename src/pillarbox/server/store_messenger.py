"""Who calls web sites for this server, in the worker and in the keeper."""

from __future__ import annotations

from pillarbox.callback.addresses import AddressRules
from pillarbox.model.metrics import NO_METER, Meter
from pillarbox.outgoing.messenger import Messenger
from pillarbox.server.settings import Settings
from pillarbox.storage.preparation import read_callback_key


def messenger_of(settings: Settings, meter: Meter = NO_METER) -> Messenger:
    """With the store's key; reads it, so not for an event loop. Each call is told to `meter`.

    Raises:
        OSError, ValueError: see `read_callback_key`.
    """
    rules = AddressRules.of(settings.callback_allow)
    key = read_callback_key(settings.data_dir)
    return Messenger(key, settings.public_key_url, rules, meter=meter)
