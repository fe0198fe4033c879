from pillarbox.forms.fields import FilePart
from pillarbox.forms.presented_form import PresentedFile, PresentedForm
from pillarbox.server.arrived_form import ArrivedForm
from tests.server.requests import request


def test_it_is_presented_as_far_as_it_came() -> None:
    post = request("POST", b"/photos", headers=[(b"x-oss-object-acl", b"private")])
    arrived = ArrivedForm()
    assert arrived.presented(post) == PresentedForm((), (), "photos", None, "private")
    arrived.fields.append(("key", "a"))
    arrived.file = FilePart("a.txt")
    arrived.size = 7
    arrived.late.append("submit")
    assert arrived.presented(post) == PresentedForm(
        (("key", "a"),),
        ("submit",),
        "photos",
        PresentedFile(FilePart("a.txt"), 7, complete=False),
        "private",
    )
