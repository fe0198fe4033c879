"""A form that somebody wants judged, wherever it came from: a page, a capture, a front end."""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.form_rules import rules_of
from pillarbox.model.names import fold_field_name
from pillarbox.model.refusals import Refusal

#: Stands for the visitor's file where none is given; its name is as good as another.
_SOME_FILE = FilePart("FILE")


@dataclass(frozen=True, slots=True)
class PresentedFile:
    """The file of a form.

    Attributes:
        part: its name and type.
        size: bytes, as far as they were seen.
        complete: whether its end was seen.
    """

    part: FilePart
    size: int
    complete: bool = True


@dataclass(frozen=True, slots=True)
class PresentedForm:
    """A form as it would reach, or has reached, a store.

    Attributes:
        fields: names and values before the file, in order, repeated ones too.
        late: names of the fields behind the file, which no store reads.
        bucket: the one addressed, None if nobody says.
        file: None if there is none to look at.
        acl_header: the request header `x-oss-object-acl`.
        flaw: what is wrong with the body's frame. It comes before everything else if there is no
            file, and last if there is one.
    """

    fields: tuple[tuple[str, str], ...]
    late: tuple[str, ...] = ()
    bucket: str | None = None
    file: PresentedFile | None = None
    acl_header: str | None = None
    flaw: Refusal | None = None

    def submitted(self) -> SubmittedForm:
        """The form as the store reads it; of repeated fields that it refuses, the first."""
        try:
            return SubmittedForm.of(self.fields, self._part(), self.acl_header)
        except Refusal:
            first: dict[str, tuple[str, str]] = {}
            for name, value in self.fields:
                first.setdefault(fold_field_name(name), (name, value))
            return SubmittedForm.of(first.values(), self._part(), self.acl_header)

    def refuse_repeated(self) -> None:
        """Refuse `InvalidArgument` a second occurrence of a field that the store knows."""
        SubmittedForm.of(self.fields, self._part())

    @property
    def ignored(self) -> tuple[str, ...]:
        """Fields that the store would act on, did they not stand behind the file."""
        rules = rules_of(self.fields)
        present = {fold_field_name(name) for name, _ in self.fields}
        return tuple(
            name
            for name in self.late
            if rules.knows(fold_field_name(name)) and fold_field_name(name) not in present
        )

    def _part(self) -> FilePart:
        return _SOME_FILE if self.file is None else self.file.part
