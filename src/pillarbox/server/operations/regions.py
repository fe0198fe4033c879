"""DescribeRegions: the one region that this server is (OSS page of that name)."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service


async def describe_regions(request: Request, service: Service) -> Answer:
    """The one region that there is, with this host for its endpoint."""
    await service.permitted_account(request, "oss:DescribeRegions")
    region = f"oss-{service.settings.bucket_region}"
    asked = request.query.get("regions")
    if asked not in (None, "", region):
        raise refusals.INVALID_ARGUMENT(ArgumentName="regions", ArgumentValue=asked[:128])
    endpoints = ("InternetEndpoint", "InternalEndpoint", "AccelerateEndpoint")
    info = [("Region", region), *((name, request.host) for name in endpoints)]
    return answers.document(200, ("RegionInfoList", [("RegionInfo", info)]))
