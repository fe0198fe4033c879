import pytest

from pillarbox.callback.addresses import AddressRules

PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::101:101"]

INSIDE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # the metadata of Alibaba Cloud
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # Azure's host agent
    "169.254.0.1",
    "169.254.169.254",  # the metadata of most other clouds
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # Oracle's
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "0:0:0:0:0:ffff:a00:1",
    "::ffff:169.254.169.254",
    "::ffff:0:0",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a00:1",
    "64:ff9b:1:a00:0:100:101:101",  # 10.0.0.1 for a network that puts it in front (RFC 6052, 2.2)
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",  # the metadata of Amazon by IPv6
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_may_be_called(address: str) -> None:
    assert AddressRules().allow(address)


@pytest.mark.parametrize("address", INSIDE)
def test_what_only_the_store_reaches_may_not(address: str) -> None:
    assert not AddressRules().allow(address)


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "2130706433", "0x7f000001", "1.1.1.1:80"]
)
def test_what_is_no_address_may_not(text: str) -> None:
    assert not AddressRules.of(["0.0.0.0/0", "::/0"]).allow(text)


def test_the_operator_may_allow_more() -> None:
    rules = AddressRules.of(["127.0.0.0/8", "fd00:1::/32"])
    for address in ("127.0.0.1", "::ffff:127.0.0.9", "64:ff9b::7f00:1", "fd00:1::5", "1.1.1.1"):
        assert rules.allow(address)
    for address in ("::1", "10.0.0.1", "fd00:2::5", "::ffff:10.0.0.1", "169.254.169.254"):
        assert not rules.allow(address)
    found = rules.allowed_of(["10.0.0.1", "127.0.0.1", "::1", "1.1.1.1"])
    assert found == ("127.0.0.1", "1.1.1.1")


@pytest.mark.parametrize("text", ["", "localhost", "127.0.0.1/33", "127.0.0.1/8", "::/129"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError):
        AddressRules.of([text])
