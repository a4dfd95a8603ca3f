"""docs/api.md says what there is: routes with their scopes, codes of errors, limits, how a signature is checked."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from docproc.api import limits
from docproc.service import deliver
from docproc.service.addresses import PORTS
from docproc.service.keys import SCOPES
from docproc.store.deliveries import DeliveryState
from examples.api.receiver import verified
from tests.api.conftest import Api

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    (body,) = re.findall(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)*)", PAGE, re.MULTILINE)
    return [[cell.strip().strip("`") for cell in line.strip().strip("|").split(" | ")] for line in body.splitlines()]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_routes_are_the_real_ones(api: Api) -> None:
    paths = api.client.get("/v1/openapi.json").json()["paths"]
    real = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/v1/") or path in ("/livez", "/readyz", "/version", "/metrics")
    }
    assert {row[0] for row in table("route")} == real


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_route_wants_the_scope_that_is_told(api: Api) -> None:
    keys = {scope: api.key(scope, name=scope) for scope in SCOPES}
    for route, scope, _ in table("route"):
        method, path = route.split()
        if scope in ("any", "admin") or "/events" in path:
            continue
        path = re.sub(r"\{(job_id|delivery_id|number)\}", "1", path).replace("{sha256}", "0" * 64)
        path = path.replace("{name}.svg", "confidence.svg").replace("charts/{name}", "charts/confidence")
        for held, key in keys.items():
            headers = {"Authorization": f"Bearer {key}"}
            status = api.client.request(method, path.replace("{name}", "nothing"), headers=headers).status_code
            assert (status == 403) == (held not in (scope, "admin")), (route, held, status)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_time_in_a_reply_is_a_text(api: Api) -> None:
    schemas = api.client.get("/v1/openapi.json").json()["components"]["schemas"]
    times = {
        f"{name}.{field}": {one.get("type") for one in told.get("anyOf", [told])}
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        if re.search(r"(^|_)at$|^created$|^updated$|^timestamp$", field)
    }
    assert len(times) > 10
    assert {name: kinds for name, kinds in times.items() if not kinds <= {"string", "null"}} == {}


def test_the_scopes_are_the_real_ones() -> None:
    assert tuple(row[0] for row in table("scope")) == SCOPES


def test_the_codes_that_can_be_seen_in_the_code_are_told() -> None:
    told = {row[0] for row in table("code")}
    sources = (Path(__file__).parents[2] / "docproc").rglob("*.py")
    text = "\n".join(path.read_text("utf-8") for path in sources if "cli" not in path.parts)
    raised = set(re.findall(r"code=\"(\w+)\"", text)) | {"csrf", "foreign_origin", "host", "bad_cursor", "internal"}
    assert raised - {"engine_error"} <= told, raised - told  # that one is of pages, not of requests


def test_the_check_of_a_signature_is_the_examples() -> None:
    assert inspect.getsource(verified).strip() in PAGE


def test_the_figures_are_the_real_ones() -> None:
    assert deliver.WAITS == (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
    assert "within 15 seconds" in PAGE
    assert deliver.SECONDS == 15.0
    assert sorted(PORTS) == [80, 443, 8080, 8443]
    assert limits.BODY == 1 << 20
    assert get_args(DeliveryState) == ("ready", "leased", "delivered", "failed")
