"""Whose page it is. To everybody else it does not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import Role, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _only(role: Role) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.user.role != role:
                raise Http404
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


radiologist_only = _only(Role.RADIOLOGIST)
coordinator_only = _only(Role.COORDINATOR)


def user_of(request: HttpRequest) -> User:
    """Return the signed-in user of a view that lets nobody else in."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
