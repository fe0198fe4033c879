from __future__ import annotations

import asyncio

import pytest

from pillarbox.storage import patience
from pillarbox.storage.patience import Patience


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_INTERVAL", 0.001)


def test_a_wait_that_lasts_too_long_ends_and_others_go_on() -> None:
    impatient, patient = Patience(0.02, "too long"), Patience(3600, "never")

    async def wait(how: Patience, future: asyncio.Future[int]) -> int:
        with how.limit(future):
            return await future

    async def run() -> None:
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[int]] = [loop.create_future() for _ in range(3)]
        waits = [
            asyncio.ensure_future(wait(how, future))
            for how, future in zip((impatient, patient, impatient), futures, strict=True)
        ]
        await asyncio.sleep(0)
        futures[2].set_result(2)
        assert await waits[2] == 2
        with pytest.raises(TimeoutError, match="too long"):
            await waits[0]
        futures[1].set_result(1)
        assert await waits[1] == 1
        while impatient._waits or patient._waits:
            await asyncio.sleep(0.001)
        future: asyncio.Future[int] = loop.create_future()
        with pytest.raises(TimeoutError, match="too long"):
            await wait(impatient, future)

    asyncio.run(run())


def test_it_serves_one_loop_after_another() -> None:
    waits = Patience(0.01, "too long")

    async def run() -> None:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        with pytest.raises(TimeoutError), waits.limit(future):
            await future

    asyncio.run(run())
    asyncio.run(run())
