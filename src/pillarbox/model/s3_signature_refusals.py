"""Refusals of S3's signatures that have no counterpart in OSS (S3: "Error responses")."""

from __future__ import annotations

from http import HTTPStatus as Status

from pillarbox.model.refusals import RefusalKind

AUTHORIZATION_HEADER_MALFORMED = RefusalKind(
    "AuthorizationHeaderMalformed",
    Status.BAD_REQUEST,
    "The authorization header that you provided is not valid.",
)
AUTHORIZATION_QUERY_PARAMETERS_ERROR = RefusalKind(
    "AuthorizationQueryParametersError",
    Status.BAD_REQUEST,
    "The query parameters that you provided for authorization are not valid.",
)
