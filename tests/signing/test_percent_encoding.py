from pillarbox.signing.percent_encoding import percent_encoded


def test_only_what_is_unreserved_stays() -> None:
    assert percent_encoded("aZ09-_.~") == "aZ09-_.~"
    assert percent_encoded("/ +*&=%é") == "%2F%20%2B%2A%26%3D%25%C3%A9"
