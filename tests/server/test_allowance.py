from pillarbox.server.allowance import Allowance


def test_so_many_at_once_and_so_many_a_second() -> None:
    now = 100.0
    allowance = Allowance(3, 2.0, lambda: now)
    assert [allowance.take() for _ in range(5)] == [True, True, True, False, False]
    now += 0.4
    assert not allowance.take()
    now += 0.2
    assert [allowance.take() for _ in range(2)] == [True, False]
    now += 1000
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
