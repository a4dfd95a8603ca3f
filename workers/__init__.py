"""Celery workers: a thin shell around `docproc.service`. `celery -A workers.app worker -Q gpu` starts one."""
