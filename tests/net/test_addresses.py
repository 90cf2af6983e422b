from lanmsg.net.addresses import Address


def test_an_address_is_written_as_people_type_it():
    assert str(Address("10.0.0.5", 7777)) == "10.0.0.5:7777"
    assert str(Address("hub.local", 80)) == "hub.local:80"
    assert str(Address("fe80::1%eth0", 7777)) == "[fe80::1%eth0]:7777"
