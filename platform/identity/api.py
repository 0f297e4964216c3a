"""REST of identity: my own standing, and the reviewers' work. Numbers are masked unless revealed with a purpose."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import HasRole
from accounts.models import User
from documents.forms import own_documents
from documents.kinds import Kind
from identity import selectors, services
from identity.access import REVIEWERS, get_person_for_reviewer
from identity.levels import Level, Verdict
from identity.models import Person, Review


class StandingSerializer(serializers.Serializer[Any]):
    """How sure the platform is: `level` 0 to 5, its sentence, the last answer (null: nobody was asked)."""

    level = serializers.ChoiceField(choices=[(level.value, level.name) for level in Level])
    sentence = serializers.CharField(source="level.sentence")
    verdict = serializers.ChoiceField(choices=Verdict.choices, allow_null=True)
    reviewers = serializers.IntegerField()
    refused = serializers.BooleanField()
    may_be_paid = serializers.BooleanField()


class OwnSerializer(serializers.ModelSerializer[Person]):
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Person
        fields = ["masked_name", "masked_id", "standing"]

    def get_standing(self, person: Person) -> StandingSerializer:
        return StandingSerializer(selectors.standing(person)).data  # type: ignore[return-value]


class PersonSerializer(serializers.ModelSerializer[Person]):
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Person
        fields = ["id", "masked_name", "staff_id", "review_due", "standing"]

    def get_standing(self, person: Person) -> StandingSerializer:
        known = self.context.get("standings", {}).get(person.pk) or selectors.standing(person)
        return StandingSerializer(known).data  # type: ignore[return-value]


class ClaimSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    id_number = serializers.CharField(max_length=40)
    documents = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=4, required=False, help_text="Photos of both sides"
    )


class ReviewSerializer(serializers.ModelSerializer[Review]):
    verdict = serializers.ChoiceField(choices=[Verdict.MATCH.value, Verdict.MISMATCH.value])

    class Meta:
        model = Review
        fields = ["verdict", "reason", "round", "at"]
        read_only_fields = ["round", "at"]


class RevealSerializer(serializers.Serializer[Any]):
    purpose = serializers.CharField(max_length=200)


class Own(GenericAPIView[Person]):
    serializer_class = ClaimSerializer

    @extend_schema(responses={200: OwnSerializer, 204: None}, summary="Who I am to the platform; 204 before I said so")
    def get(self, request: Request) -> Response:
        person = selectors.person_of(_user(request))
        return Response(OwnSerializer(person).data) if person else Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        responses={202: OwnSerializer},
        summary="Say who I am; needs the consent `identity_check`; the answer comes later",
    )
    def post(self, request: Request) -> Response:
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        user, data = _user(request), sent.validated_data
        ids = [str(pk) for pk in data.pop("documents", [])]
        papers = [*own_documents(user, ids, Kind.ID_FRONT), *own_documents(user, ids, Kind.ID_BACK)]
        attempt = services.claim(actor=user, papers=papers, client_ip=request.META.get("REMOTE_ADDR", ""), **data)
        return Response(OwnSerializer(attempt.person).data, status=status.HTTP_202_ACCEPTED)


class Queue(GenericAPIView[Person]):
    permission_classes = [IsAuthenticated, HasRole(*REVIEWERS)]
    serializer_class = PersonSerializer

    @extend_schema(responses=PersonSerializer(many=True), summary="Persons who wait for a reviewer, oldest first")
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(selectors.review_queue()) or []
        context = {**self.get_serializer_context(), "standings": selectors.standings(list(page))}
        return self.get_paginated_response(PersonSerializer(page, many=True, context=context).data)


class ReviewPerson(GenericAPIView[Review]):
    permission_classes = [IsAuthenticated, HasRole(*REVIEWERS)]
    serializer_class = ReviewSerializer

    @extend_schema(responses={201: ReviewSerializer}, summary="Write down what I found")
    def post(self, request: Request, pk: int) -> Response:
        person = get_person_for_reviewer(_user(request), pk)
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        review = services.record_review(actor=_user(request), person=person, **sent.validated_data)
        return Response(ReviewSerializer(review).data, status=status.HTTP_201_CREATED)


class Reveal(GenericAPIView[Any]):
    permission_classes = [IsAuthenticated, HasRole(*REVIEWERS)]
    serializer_class = RevealSerializer

    @extend_schema(
        responses=inline_serializer("Revealed", {"id_number": serializers.CharField()}),
        summary="The full ID number; the person can see who looked and why",
    )
    def post(self, request: Request, pk: int) -> Response:
        person = get_person_for_reviewer(_user(request), pk)
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        number = services.reveal(actor=_user(request), person=person, **sent.validated_data)
        return Response({"id_number": number}, headers={"Cache-Control": "no-store"})


def _user(request: Request) -> User:
    """Behind IsAuthenticated everybody is a User."""
    user: User = request.user  # type: ignore[assignment]
    return user


urlpatterns = [
    path("identity/", Own.as_view(), name="identity_own"),
    path("identity/reviews/", Queue.as_view(), name="identity_queue"),
    path("identity/persons/<int:pk>/review/", ReviewPerson.as_view(), name="identity_review"),
    path("identity/persons/<int:pk>/reveal/", Reveal.as_view(), name="identity_reveal"),
]
