from pillarbox.callback.call import call_of
from pillarbox.callback.retry import (
    Delivery,
    RetryRule,
    delivery_document,
    pause_seconds,
    read_delivery_document,
    read_retry_document,
    renewed,
    retry_document,
)
from tests.callback.test_call import CALLBACK
from tests.callback.uploads import FACTS

DELIVERY = Delivery(call_of(CALLBACK, FACTS, "id-1"), deadline_ms=90_000, seconds=60)


def test_pauses_double_up_to_an_hour() -> None:
    assert [pause_seconds(n) for n in range(1, 6)] == [2, 4, 8, 16, 32]
    assert [pause_seconds(n) for n in (11, 12, 13, 10_000)] == [2048, 3600, 3600, 3600]


def test_documents_are_read_again() -> None:
    assert read_retry_document(retry_document(RetryRule(86_400))) == RetryRule(86_400)
    assert read_delivery_document(delivery_document(DELIVERY)) == DELIVERY


def test_a_replay_has_its_whole_time_again() -> None:
    again = renewed(DELIVERY, 1_000_000)
    assert (again.call, again.deadline_ms) == (DELIVERY.call, 1_060_000)
