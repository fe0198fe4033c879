import pytest

from pillarbox.forms.presented_form import PresentedForm
from pillarbox.model.refusals import Refusal


def test_of_repeated_fields_that_a_store_refuses_the_first_counts() -> None:
    form = PresentedForm((("key", "a"), ("KEY", "b"), ("other", "c")))
    assert form.submitted().values == {"key": "a", "other": "c"}
    with pytest.raises(Refusal, match="InvalidArgument"):
        form.refuse_repeated()


def test_of_repeated_fields_that_it_takes_it_knows() -> None:
    form = PresentedForm((("other", "a"), ("Other", "b")))
    assert form.submitted().repeated == {"other"}
    form.refuse_repeated()


def test_what_is_ignored() -> None:
    form = PresentedForm((("key", "a"),), late=("KEY", "submit", "Policy", "x:a"))
    assert form.ignored == ("Policy", "x:a")
