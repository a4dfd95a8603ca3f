"""Asking a server until it answers, within reason: who waits, how often, and whose fault it is in the end."""

from __future__ import annotations

import math
import random
import time

from docproc.core.errors import EngineUnavailable, PageFailed, UsageError
from docproc.engines.openai.body import Request
from docproc.engines.openai.faults import Fault, Trouble
from docproc.engines.openai.gate import Closed, Gate
from docproc.engines.openai.said import Said
from docproc.engines.openai.server import Server
from docproc.engines.openai.settings import ServerSettings

# Seconds before the second try and the longest between two; doubled each time, less a random part of up to a half.
FIRST, LONGEST = 0.5, 30.0


class Asker:
    """Asks one model of one server; all threads share its gate."""

    def __init__(self, server: Server, model: str, settings: ServerSettings) -> None:
        self._server = server
        self._model = model
        self._gate = Gate(settings.concurrency)
        self._retries = settings.retries
        self._patience = settings.patience

    def ask(self, request: Request, known: bool, what: str) -> Said:
        """What the server says; `known`: it has seen the page; `what` names the page for an error.

        Raises EngineUnavailable where it is away or overloaded for too long, PageFailed where it does not take, or
        cannot bear, this request, UsageError where a setting must be changed first.
        """
        try:
            return self._insist(request, known, what)
        except Closed:
            raise EngineUnavailable("the openai engine is closed") from None

    def close(self) -> None:
        """Whoever waits is woken and gets EngineUnavailable."""
        self._gate.close()

    def _insist(self, request: Request, known: bool, what: str) -> Said:
        rounds = tries = 0
        deadline = math.inf
        fault = Fault("busy", "has too much to do")
        while True:
            with self._gate.through(known, deadline) as entered:
                outcome = self._once(request) if entered else fault
            if isinstance(outcome, Said):
                return outcome
            fault, rounds = outcome, rounds + 1
            tries += fault.matter in ("again", "slow")
            deadline = min(deadline, time.monotonic() + self._patience)
            wait = self._wait_for(fault, rounds)
            late = not entered or time.monotonic() + wait >= deadline
            if late or tries > self._retries or fault.matter in ("page", "setting", "away"):
                return self._at_last(request, fault, what)
            if fault.matter in ("busy", "slow"):
                self._gate.overloaded(wait)
            else:
                self._gate.rest(wait)

    def _once(self, request: Request) -> Said | Fault:
        try:
            said = self._server.ask(request)
        except Trouble as trouble:
            return trouble.fault
        self._gate.went_well()
        return said

    def _wait_for(self, fault: Fault, rounds: int) -> float:
        if fault.after is not None:
            return fault.after
        wait = min(LONGEST, FIRST * 2.0 ** min(rounds - 1, 10))
        return wait * random.uniform(0.5, 1.0)  # noqa: S311 - spreads the tries of many threads, guards nothing

    def _at_last(self, request: Request, fault: Fault, what: str) -> Said:
        """The last word on a request that went wrong too often: mostly an error.

        A page that breaks a server in good health must not be asked for ever, nor stop the others: where the server
        answers something else, and not this, even when asked once more, it is the page's fault.
        """
        if fault.matter in ("again", "slow") and self._server.is_well(self._model):
            last = self._once(request)
            if isinstance(last, Said):
                return last
            fault = last if last.matter in ("page", "setting") else Fault("page", f"{fault.message}, every time")
        message = f"the server at {self._server.address} {fault.message}"
        if fault.matter == "setting":
            raise UsageError(message)
        if fault.matter == "page":
            raise PageFailed(f"{what}: {message}", "engine_error")
        asked = "" if fault.after is None else f"; it asks to wait for {fault.after:g} seconds"
        raise EngineUnavailable(f"{message}{asked}")
