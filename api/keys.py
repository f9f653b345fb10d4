"""Who asks: the holder of a key (`Authorization: Bearer choucha_…`), or the public.

A key is looked up anew for each request, so that a revoked one opens nothing from the next request on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request
from fastapi.dependencies.models import Dependant
from starlette.concurrency import run_in_threadpool

from api.problems import Problem, Text
from warehouse.keys import Key, KeyRefusedError, key_of

__all__ = ["holder", "lacks", "require", "scopes_needed"]

_WHY = {
    "unknown": Text("此处没有这个密钥。", "The key is not known here."),
    "revoked": Text("密钥已撤销。", "The key was revoked."),
    "expired": Text("密钥已到期。", "The key has expired."),
}
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="choucha"'}


async def holder(request: Request) -> Key | None:
    """The key that the request shows; None where it shows none. Raises Problem for one that opens nothing."""
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, text = given.partition(" ")
    if scheme.lower() != "bearer":
        told = Text("请以 Authorization: Bearer <密钥> 出示密钥。", "Show a key as Authorization: Bearer <key>.")
        raise Problem("key-refused", told, headers=_CHALLENGE)
    try:
        found = await run_in_threadpool(key_of, request.app.state.settings, text.strip(), now=datetime.now(UTC))
    except KeyRefusedError as error:
        why = _WHY[error.why]
        ask = Text("请向办公室索取；查看公开数据不需要密钥。", "Ask the office for one; public figures need none.")
        raise Problem("key-refused", Text(why.zh + ask.zh, f"{why.en} {ask.en}"), headers=_CHALLENGE) from error
    request.scope["state"]["key"] = found
    return found


def lacks(key: Key, *scopes: str) -> Problem:
    """What the holder of a key is told that has none of these scopes."""
    told = Text(
        f"密钥“{key.name}”没有 {' 或 '.join(scopes)} 权限，只有：{'、'.join(key.scopes)}。",
        f"The key {key.name!r} lacks the scope {' or '.join(scopes)}; it has: {', '.join(key.scopes)}.",
    )
    return Problem("lacks-scope", told)


@dataclass(frozen=True)
class _Required:
    """A dependency: the key of this request, which has one of these scopes. Raises Problem (401 without a key, 403
    without any of them).
    """

    scopes: tuple[str, ...]

    async def __call__(self, request: Request) -> Key:
        found = await holder(request)
        if found is None:
            told = Text(
                "这里需要办公室发的密钥：Authorization: Bearer <密钥>。",
                "This needs a key of the office: Authorization: Bearer <key>.",
            )
            raise Problem("key-required", told, headers=_CHALLENGE)
        if not set(self.scopes) & set(found.scopes):
            raise lacks(found, *self.scopes)
        return found


def require(*scopes: str) -> _Required:
    """`Depends(require("review"))` on a route; what the route answers is `private, no-store` by itself."""
    return _Required(scopes)


def scopes_needed(dependant: Dependant) -> tuple[str, ...]:
    """Of what a route depends on: the scopes of which its key must have one; empty where it needs no key."""
    own = dependant.call.scopes if isinstance(dependant.call, _Required) else ()
    return own + tuple(scope for each in dependant.dependencies for scope in scopes_needed(each))
