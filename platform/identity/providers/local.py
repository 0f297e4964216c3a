"""The default without any authority: it looks at what was handed in, says exactly that, and leaves the rest to people.

It never answers MATCH. Numbers were checked for form before they were stored; what it can add is whether both sides of the
card were shown and whether anybody else has shown the same picture.
"""

from documents.kinds import Kind
from identity.levels import Level, Verdict
from identity.providers.base import Answer, PersonQuestion, Question

_CARD = frozenset({Kind.ID_FRONT.value, Kind.ID_BACK.value})


class Local:
    code = "local"
    max_level = Level.DOC_CONSISTENT

    def ask(self, question: Question, *, key: str) -> Answer:
        if isinstance(question, PersonQuestion):
            if question.papers_reused:
                return Answer(Verdict.NEEDS_REVIEW, Level.FORMAT_OK, detail="paper_shown_by_others")
            if question.papers >= _CARD:
                return Answer(Verdict.NEEDS_REVIEW, Level.DOC_CONSISTENT, detail="card_shown")
        return Answer(Verdict.NEEDS_REVIEW, Level.FORMAT_OK, detail="no_authority_asked")
