"""All routes, one module a noun."""

from __future__ import annotations

from fastapi import APIRouter

from docproc.api import (
    charts,
    documents,
    jobs,
    meta,
    queries,
    results,
    reviews,
    search,
    sets,
    sql,
    webhooks,
)
from docproc.api.pages import charts as charts_page
from docproc.api.pages import documents as documents_page
from docproc.api.pages import frame, home, review, sign_in, upload, viewer
from docproc.api.pages import jobs as jobs_page
from docproc.api.pages import search as search_page
from docproc.api.pages import sets as sets_page
from docproc.api.pages import sql as sql_page

ROUTERS: tuple[APIRouter, ...] = (
    meta.router,
    jobs.router,
    documents.router,
    results.router,
    reviews.router,
    search.router,
    sets.router,
    sql.router,
    queries.router,
    charts.router,
    webhooks.router,
)
PAGES: tuple[APIRouter, ...] = (
    frame.router,
    sign_in.router,
    home.router,
    jobs_page.router,
    upload.router,
    documents_page.router,
    viewer.router,
    review.router,
    search_page.router,
    sets_page.router,
    sql_page.router,
    charts_page.router,
)
