"""What of a form has arrived when it is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pillarbox.forms.fields import FilePart
from pillarbox.forms.presented_form import PresentedFile, PresentedForm
from pillarbox.server.request import Request


@dataclass(slots=True)
class ArrivedForm:
    """Filled in as the form is read.

    Attributes:
        fields: names and values in front of the file, in order.
        file: the file part, None before it came.
        size: bytes of the file, as far as they were counted.
        complete: whether the file's end was seen.
        late: names of the fields behind the file, as far as they were read.
        judged_at: when the policy was judged, aware; None if it wasn't.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    file: FilePart | None = None
    size: int = 0
    complete: bool = False
    late: list[str] = field(default_factory=list)
    judged_at: datetime | None = None

    def presented(self, request: Request) -> PresentedForm:
        """The form as `explain_form` takes it."""
        file = None
        if self.file is not None:
            file = PresentedFile(self.file, self.size, self.complete)
        return PresentedForm(
            tuple(self.fields),
            tuple(self.late),
            request.address.bucket,
            file,
            request.headers.get("x-oss-object-acl"),
        )
