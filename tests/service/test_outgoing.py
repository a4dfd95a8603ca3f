"""Requests to where somebody else says: to vetted addresses only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docproc.core.errors import TooLarge, Unavailable, UsageError
from docproc.service.addresses import Allowed, allowed, target, vetted
from docproc.service.outgoing import Limits, Network, exchange
from tests.service.receiver import PUBLIC, Names, certificate, receiving

HERE = allowed("127.0.0.1")
INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
]
OUTSIDE = [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:808:808"]


def limits(seconds: float = 10.0, most: int = 1000, beside: Allowed = HERE) -> Limits:
    return Limits(seconds, most, beside)


def get(url: str, given: Limits, network: Network | None = None) -> bytes:
    with exchange("GET", url, {}, b"", given, network or Network()) as reply:
        return b"".join(reply.chunks)


@pytest.mark.parametrize("address", INSIDE)
def test_a_host_with_an_address_inside_is_refused_even_beside_a_public_one(address: str) -> None:
    where = target("https://hooks.example/")
    for addresses in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(UsageError, match="not on the public internet") as caught:
            vetted(where, addresses, Allowed())
        assert caught.value.code == "url_refused"
        assert address not in str(caught.value)


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_host_of_the_internet_is_connected_to(address: str) -> None:
    assert vetted(target("https://hooks.example/"), [address], Allowed()) == [address]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "//hooks.example/",
        "hooks.example",
        "",
        "https://",
        "https:///path",
        "https://user@hooks.example/",
        "https://user:word@hooks.example/",
        "https://hooks.example@127.0.0.1/",
        "https://hooks.example:25/",
        "https://hooks.example:6379/",
        "https://hooks.example:99999/",
        "https://hooks.example:x/",
        "https://hooks.example/\r\nHost: inside",
        "https://hooks.example/ a",
        "https://hooks.example\\@127.0.0.1/",
        "https://hooks.example/\x00",
        "https://ho%6fks.example/",
        "https://hooks..example/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://127.0.0.1/",
        "https://127.0.0.1./",
        "http://169.254.169.254/latest/meta-data/",
        "https://[fe80::1%25eth0]/",
        "https://hooks.example/" + "a" * 2000,
    ],
)
def test_a_url_that_leads_nowhere_docproc_goes_is_refused_before_a_name_is_looked_up(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        target(url)
    assert caught.value.code == "url_refused"


@pytest.mark.parametrize("host", ["0x7f000001", "2130706433", "127.1", "0177.0.0.1", "localhost", "0"])
def test_an_address_in_disguise_is_refused_as_what_it_leads_to(host: str) -> None:
    with receiving() as receiver, pytest.raises(UsageError, match=r"public internet|none of"):
        get(f"http://{host}/", limits(beside=Allowed()))
    assert not receiver.seen


def test_a_url_is_read_once_and_what_is_sent_is_what_was_read() -> None:
    where = target("HTTPS://Hooks.Example.:8443/a%20b/ü?q=ö&x=1#part")
    assert (where.scheme, where.host, where.port) == ("https", "hooks.example", 8443)
    assert where.path == "/a%20b/%C3%BC?q=%C3%B6&x=1"
    assert where.authority == "hooks.example:8443"
    assert target("http://bücher.example").host == "xn--bcher-kva.example"
    assert target("https://[2606:4700::1111]/").authority == "[2606:4700::1111]"


def test_hosts_inside_are_allowed_by_name_end_address_and_network() -> None:
    beside = allowed("erp.example, .corp.example,10.0.0.0/8 ,fd12::/16")
    assert vetted(target("http://erp.example:9000/", beside), ["192.168.1.1"], beside) == ["192.168.1.1"]
    assert vetted(target("http://a.corp.example:9000/", beside), ["172.16.0.1"], beside)
    assert vetted(target("http://x.example:9000/", beside), ["10.0.0.1", "fd12::1"], beside)
    for url, address in [
        ("http://corp.example/", "172.16.0.1"),
        ("http://notcorp.example/", "172.16.0.1"),
        ("http://x.example/", "192.168.1.1"),
        ("http://erp.example/", "169.254.169.254"),
        ("http://erp.example/", "fd00:ec2::254"),
        ("http://x.example:9000/", PUBLIC),
    ]:
        with pytest.raises(UsageError):
            vetted(target(url, beside), [address], beside)


@pytest.mark.parametrize("text", ["a b", "http://x", "10.0.0.1/8", "*.corp", "x/24"])
def test_a_list_of_allowed_hosts_with_a_fault_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape(repr(text))):
        allowed(text)


def test_the_address_that_was_vetted_is_the_one_that_is_connected_to() -> None:
    """DNS rebinding: public when it is looked at, inside when it is connected to."""
    with receiving() as receiver:
        names = Names({"hooks.example": [["127.0.0.1"], [PUBLIC], ["127.0.0.1"]]})
        with pytest.raises(UsageError, match="public internet"):
            get(f"http://hooks.example:{receiver.port}/", limits(beside=allowed("10.0.0.1")), Network(names))
        assert names.asked == ["hooks.example"]
        names = Names({"hooks.example": [["127.0.0.1"], ["192.0.2.1"]]})
        assert get(f"http://hooks.example:{receiver.port}/", limits(), Network(names)) == b""
        assert names.asked == ["hooks.example"]
    assert [headers["host"] for _, _, headers, _ in receiver.seen] == [f"hooks.example:{receiver.port}"]


def test_the_certificate_is_checked_against_the_name(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "hooks.example")
    names = Names({"hooks.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]})
    with receiving(server) as receiver:
        receiver.body = b"safe"
        network = Network(names, client)
        assert get(receiver.url("hooks.example", "https"), limits(), network) == b"safe"
        with pytest.raises(Unavailable, match="certificate"):
            get(receiver.url("other.example", "https"), limits(), network)
        with pytest.raises(Unavailable, match="certificate"):
            get(receiver.url("hooks.example", "https"), limits(), Network(names))


def test_a_redirect_is_not_followed() -> None:
    with receiving() as receiver:
        receiver.status, receiver.headers = 302, {"Location": receiver.url(path="/inside")}
        with exchange("POST", receiver.url(), {}, b"{}", limits()) as reply:
            assert reply.status == 302
    assert len(receiver.seen) == 1


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        get(receiver.url(), limits())
    assert len(receiver.seen) == 1
    assert not proxy.seen


def test_more_bytes_than_allowed_are_not_read() -> None:
    with receiving() as receiver:
        receiver.body = b"x" * 1001
        with pytest.raises(TooLarge, match="1,000 bytes"):
            get(receiver.url(), limits())
        with exchange("GET", receiver.url(), {}, b"", limits()) as reply:
            assert next(reply.chunks)[:10] == b"x" * 10


def test_a_reply_is_not_unpacked() -> None:
    with receiving() as receiver:
        receiver.body, receiver.headers = b"not gzip", {"Content-Encoding": "gzip"}
        assert get(receiver.url(), limits()) == b"not gzip"
    assert receiver.seen[0][2]["accept-encoding"] == "identity"


def test_who_sends_a_little_now_and_then_is_left_when_the_time_is_over() -> None:
    with receiving() as receiver:
        receiver.body, receiver.drip = b"x" * 1000, True
        with pytest.raises(Unavailable, match="in time") as caught:
            get(receiver.url(), limits(seconds=0.5))
    assert caught.value.retryable


def test_who_is_not_there_is_unreachable() -> None:
    with receiving() as receiver:
        gone = receiver.url()
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 did not answer") as caught:
        get(gone, limits())
    assert caught.value.code == "unreachable"
    with pytest.raises(Unavailable, match="its name is not known"):
        get("http://nowhere.example/", limits(), Network(Names({})))
